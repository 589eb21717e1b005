/* Counts the swaps of a bubble sort, which are quadratically many; gives up after half a minute of CPU time. */
#include <stdio.h>
#include <time.h>

static int times[120000];

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) {
        return 1;
    }
    for (int i = 0; i < n; i++) {
        if (scanf("%d", &times[i]) != 1) {
            return 1;
        }
    }
    long long count = 0;
    for (int end = n; end > 1 && clock() < 30 * CLOCKS_PER_SEC; end--) {
        for (int i = 1; i < end; i++) {
            if (times[i - 1] > times[i]) {
                int earlier = times[i - 1];
                times[i - 1] = times[i];
                times[i] = earlier;
                count++;
            }
        }
    }
    printf("%lld\n", count);
    return 0;
}
