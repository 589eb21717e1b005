n = int(input())
if n % 2:
    print(0)
for number in range(1, n // 2 + 1):
    print(number, -number)
