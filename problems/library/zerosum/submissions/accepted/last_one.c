#include <stdio.h>

int main(void) {
    int n;
    long long sum = 0;
    scanf("%d", &n);
    /* From 1 up, in steps that keep the last one different; 0 alone. */
    if (n == 1) puts("0");
    if (n == 1) return 0;
    for (int i = 1; i <= n / 2; ++i, sum += i) printf("%d %d\n", i, -i);
    if (n % 2) puts("0");
    return 0;
}
