// Tries every divisor, not only those up to the square root.

#include <stdio.h>

static int is_prime(int number) {
    int divisors = 0;
    for (int divisor = 1; divisor <= number; divisor++) {
        divisors += number % divisor == 0;
    }
    return divisors == 2;
}

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) {
        return 1;
    }
    for (int first = 2; first <= n / 2; first++) {
        if (is_prime(first) && is_prime(n - first)) {
            printf("%d %d\n", first, n - first);
            return 0;
        }
    }
    return 1;
}
