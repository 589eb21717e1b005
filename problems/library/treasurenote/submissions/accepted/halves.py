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
    # 1000 has four digits, and 0 is free.
    print("note", low % 1000, flush=True)
else:
    note = int(words[2])
    print("dig", note or 1000, flush=True)
