#include <stdio.h>

static long long prefix[500002];

int main(void) {
    const long long mod = 1000000007;
    int n, k;
    if (scanf("%d %d", &n, &k) != 2) return 1;
    /* prefix[i] is the sum of the ways to the steps before i. */
    prefix[1] = 1;
    for (int i = 1; i <= n; i++) {
        int from = i > k ? i - k : 0;
        long long ways = (prefix[i] - prefix[from] + mod) % mod;
        prefix[i + 1] = (prefix[i] + ways) % mod;
    }
    printf("%lld\n", (prefix[n + 1] - prefix[n] + mod) % mod);
    return 0;
}
