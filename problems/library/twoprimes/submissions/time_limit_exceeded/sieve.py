n = int(input())
primes = [number for number in range(2, n) if all(number % divisor for divisor in range(2, int(number**0.5) + 1))]
known = set(primes)
first = next(first for first in primes if n - first in known)
print(first, n - first)
