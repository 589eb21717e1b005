/* The first three things: too heavy, most of the time. */
#include <stdio.h>

int main(void) {
    printf("1 2 3\n");
    return 0;
}
