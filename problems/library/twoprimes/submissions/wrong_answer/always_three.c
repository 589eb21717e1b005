#include <stdio.h>

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) {
        return 1;
    }
    printf("%d %d\n", n == 4 ? 2 : 3, n == 4 ? 2 : n - 3);
    return 0;
}
