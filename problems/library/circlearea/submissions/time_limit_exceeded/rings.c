/* Adds up rings of no width to speak of; gives up after half a minute of CPU time. */
#include <stdio.h>
#include <time.h>

int main(void) {
    double inner, outer;
    if (scanf("%lf %lf", &inner, &outer) != 2) {
        return 1;
    }
    const double width = 1e-12;
    double area = 0;
    while (inner < outer && clock() < 30 * CLOCKS_PER_SEC) {
        for (int i = 0; i < 1000000 && inner < outer; i++) {
            area += 6.283185307179586 * inner * width;
            inner += width;
        }
    }
    printf("%.9f\n", area);
    return 0;
}
