/* Always has a 0. */
#include <stdio.h>

int main(void) {
    int n;
    scanf("%d", &n);
    for (int number = -(n / 2); number <= n / 2; ++number) printf("%d\n", number);
    return 0;
}
