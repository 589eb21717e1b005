/* Divides by the smaller radius cut to a whole number, which is 0 in the second sample. */
#include <stdio.h>

int main(void) {
    double inner, outer;
    if (scanf("%lf %lf", &inner, &outer) != 2) {
        return 1;
    }
    volatile int whole = (int)inner;
    double ratio = 1000 / whole * outer / 1000;
    printf("%f\n", 3.141592653589793 * whole * whole * (ratio * ratio - 1));
    return 0;
}
