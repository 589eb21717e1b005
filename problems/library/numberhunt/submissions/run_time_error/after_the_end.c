/* Finds the number, and fails then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    int low = 1, high;
    char answer[16] = "";
    scanf("%d", &high);
    while (strcmp(answer, "found") != 0) {
        int middle = low + (high - low) / 2;
        printf("%d\n", middle);
        fflush(stdout);
        if (scanf("%15s", answer) != 1) return 1;
        if (strcmp(answer, "lower") == 0) high = middle - 1;
        if (strcmp(answer, "higher") == 0) low = middle + 1;
    }
    return 3;
}
