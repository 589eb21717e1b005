n = int(input())
primes = [number for number in range(2, min(n, 2000)) if all(number % other for other in range(2, number))]
pairs = [(first, n - first) for first in primes if n - first in primes]
print(*pairs[0])
