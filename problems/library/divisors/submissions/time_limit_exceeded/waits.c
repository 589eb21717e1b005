/* Never ends. */
#include <stdio.h>

int main(void) {
    volatile long long n = 1;
    while (n > 0) n = n * 3 % 1000003 + 1;
    printf("%lld\n", n);
    return 0;
}
