/* Has room for a thousand only. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    int n, numbers[1000];
    scanf("%d", &n);
    if (n > 1000) abort();
    for (int i = 0; i < n / 2; ++i) numbers[2 * i] = i + 1, numbers[2 * i + 1] = -i - 1;
    if (n % 2) numbers[n - 1] = 0;
    for (int i = 0; i < n; ++i) printf("%d\n", numbers[i]);
    return 0;
}
