/* The right idea, but counts in 32 bits. */
#include <stdio.h>
#include <string.h>

static int times[120000], buffer[120000];

static unsigned sort(int from, int to) {
    if (to - from < 2) {
        return 0;
    }
    int middle = from + (to - from) / 2;
    unsigned count = sort(from, middle) + sort(middle, to);
    int left = from, right = middle;
    for (int i = from; i < to; i++) {
        if (right == to || (left < middle && times[left] <= times[right])) {
            buffer[i] = times[left++];
        } else {
            buffer[i] = times[right++];
            count += (unsigned)(middle - left);
        }
    }
    memcpy(times + from, buffer + from, sizeof(int) * (size_t)(to - from));
    return count;
}

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
    printf("%u\n", sort(0, n));
    return 0;
}
