#include <stdio.h>
#include <string.h>

int main(void) {
    char task[16], text[512];
    if (scanf("%15s%511s", task, text) != 2) return 1;
    int length = strlen(text);
    if (strcmp(task, "send") == 0) {
        for (int at = 0; at < length; ++at)
            for (int bit = 4; bit >= 0; --bit) putchar('0' + ((text[at] - 'a') >> bit & 1));
    } else {
        for (int at = length; at > 0; at -= 5) {
            int letter = 0;
            for (int bit = 1; bit <= 5; ++bit) letter = 2 * letter + (text[at - bit] - '0');
            putchar('a' + letter);
        }
    }
    putchar('\n');
    return 0;
}
