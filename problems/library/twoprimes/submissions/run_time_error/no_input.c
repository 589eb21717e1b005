#include <stdio.h>

int main(void) {
    int n;
    // Asks for more than there is.
    if (scanf("%d%d", &n, &n) != 2) {
        return 1;
    }
    printf("2 %d\n", n - 2);
    return 0;
}
