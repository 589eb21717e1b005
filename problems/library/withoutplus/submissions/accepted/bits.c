#include <stdio.h>

int main(void) {
    unsigned a, b;
    scanf("%u%u", &a, &b);
    while (b) {
        unsigned carry = a & b;
        a ^= b;
        b = carry << 1;
    }
    printf("%u\n", a);
    return 0;
}
