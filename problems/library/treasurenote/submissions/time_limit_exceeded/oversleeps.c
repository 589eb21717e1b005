/* Never gets to digging. */
#include <stdio.h>

int main(void) {
    char when[16];
    if (scanf("%15s", when) != 1) return 1;
    if (when[0] == 'm')
        for (volatile int sheep = 0;; ++sheep) {}
    puts("note 1");
    return 0;
}
