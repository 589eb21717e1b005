// Begins in the middle: other pairs than those of the answers.

#include <stdio.h>

static int is_prime(int number) {
    for (int divisor = 2; divisor <= number / divisor; divisor++) {
        if (number % divisor == 0) {
            return 0;
        }
    }
    return number >= 2;
}

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) {
        return 1;
    }
    for (int first = n / 2; first >= 2; first--) {
        if (is_prime(first) && is_prime(n - first)) {
            printf("%d %d\n", first, n - first);
            return 0;
        }
    }
    return 1;
}
