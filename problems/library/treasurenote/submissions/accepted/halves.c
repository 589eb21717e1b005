#include <stdio.h>
#include <string.h>

int main(void) {
    char when[16], answer[16];
    int stones, note, low = 1;
    if (scanf("%15s%d", when, &stones) != 2) return 1;
    if (strcmp(when, "morning") == 0) {
        if (scanf("%d", &note) != 1) return 1;
        printf("dig %d\n", note + 1);
        return 0;
    }
    for (int high = stones; low < high;) {
        int middle = (low + high) / 2;
        printf("ask %d\n", middle);
        fflush(stdout);
        if (scanf("%15s", answer) != 1) return 1;
        if (strcmp(answer, "behind") == 0) low = middle + 1;
        else if (strcmp(answer, "before") == 0) high = middle - 1;
        else low = high = middle;
    }
    printf("note %d\n", low - 1);
    return 0;
}
