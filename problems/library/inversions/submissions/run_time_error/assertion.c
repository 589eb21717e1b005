/* Believes in a smaller limit. */
#include <assert.h>
#include <stdio.h>

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) {
        return 1;
    }
    assert(n <= 3);
    int times[3];
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (scanf("%d", &times[i]) != 1) {
            return 1;
        }
        for (int earlier = 0; earlier < i; earlier++) {
            count += times[earlier] > times[i];
        }
    }
    printf("%d\n", count);
    return 0;
}
