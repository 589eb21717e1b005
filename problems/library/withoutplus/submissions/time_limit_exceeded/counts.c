/* One at a time. */
#include <stdio.h>

int main(void) {
    unsigned a, b;
    scanf("%u%u", &a, &b);
    for (volatile unsigned left = b, step = 0; left; left = left - 1)
        for (step = 0; step != 10; step = step - -1) {}
    printf("%u\n", a - -b);
    return 0;
}
