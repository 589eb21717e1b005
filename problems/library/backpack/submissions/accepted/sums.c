#include <stdio.h>

static int weights[40], last[10001];

int main(void) {
    int n, capacity;
    if (scanf("%d %d", &n, &capacity) != 2) return 1;
    for (int i = 0; i < n; i++) {
        if (scanf("%d", &weights[i]) != 1) return 1;
    }
    for (int thing = 1; thing <= n; thing++) {
        int weight = weights[thing - 1];
        for (int sum = capacity; sum >= weight; sum--) {
            if (!last[sum] && (sum == weight || last[sum - weight])) last[sum] = thing;
        }
    }
    while (!last[capacity]) capacity--;
    for (; capacity > 0; capacity -= weights[last[capacity] - 1]) printf("%d ", last[capacity]);
    printf("\n");
    return 0;
}
