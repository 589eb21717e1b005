def is_prime(number):
    return number >= 2 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


n = int(input())
first = next(first for first in range(2, n) if is_prime(first) and is_prime(n - first))
print(first, n - first)
