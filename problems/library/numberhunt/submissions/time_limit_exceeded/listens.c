/* Waits for a second line before it has said anything, as the judge does. */
#include <stdio.h>

int main(void) {
    int top;
    char answer[16];
    scanf("%d%15s", &top, answer);
    printf("%d\n", top);
    return 0;
}
