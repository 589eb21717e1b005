/* Knows how to send, and fails to receive. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char task[16], text[512];
    if (scanf("%15s%511s", task, text) != 2) return 1;
    if (strcmp(task, "send") != 0) abort();
    for (int at = 0; text[at]; ++at)
        for (int bit = 4; bit >= 0; --bit) putchar('0' + ((text[at] - 'a') >> bit & 1));
    putchar('\n');
    return 0;
}
