/* Asks nothing, and digs under the first stone. */
#include <stdio.h>

int main(void) {
    char when[16];
    if (scanf("%15s", when) != 1) return 1;
    puts(when[0] == 'e' ? "note 1" : "dig 1");
    return 0;
}
