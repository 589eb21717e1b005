kind, number = input(), int(input())
print("abc")
