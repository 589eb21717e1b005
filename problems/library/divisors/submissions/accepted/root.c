#include <stdio.h>

int main(void) {
    long long n, sum = 0, root = 0;
    if (scanf("%lld", &n) != 1) return 1;
    while ((root + 1) * (root + 1) <= n) root++;
    for (long long i = 1; i <= root; i++) sum += n / i;
    printf("%lld\n", 2 * sum - root * root);
    return 0;
}
