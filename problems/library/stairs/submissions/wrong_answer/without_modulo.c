/* Forgets the modulus: right as long as the numbers are small, and for k = 1. */
#include <stdio.h>

static unsigned long long prefix[500002];

int main(void) {
    int n, k;
    if (scanf("%d %d", &n, &k) != 2) return 1;
    prefix[1] = 1;
    for (int i = 1; i <= n; i++) prefix[i + 1] = 2 * prefix[i] - prefix[i > k ? i - k : 0];
    printf("%llu\n", prefix[n + 1] - prefix[n]);
    return 0;
}
