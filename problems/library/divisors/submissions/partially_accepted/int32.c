/* 50 points: the last subtask needs larger numbers. */
#include <stdint.h>
#include <stdio.h>

int main(void) {
    long long n;
    int32_t sum = 0;
    if (scanf("%lld", &n) != 1) return 1;
    for (long long from = 1, to; from <= n; from = to + 1) {
        to = n / (n / from);
        sum = (int32_t)((uint32_t)sum + (uint32_t)(n / from) * (uint32_t)(to - from + 1));
    }
    printf("%d\n", (int)sum);
    return 0;
}
