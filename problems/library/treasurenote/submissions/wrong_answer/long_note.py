# Forgets that 1000 does not fit the note.
words = input().split()
if words[0] == "evening":
    low, high = 1, int(words[1])
    while low < high:
        middle = (low + high) // 2
        print("ask", middle, flush=True)
        answer = input()
        if answer == "here":
            low = high = middle
        elif answer == "before":
            high = middle - 1
        else:
            low = middle + 1
    print("note", low, flush=True)
else:
    print("dig", words[2], flush=True)
