#include <math.h>
#include <stdio.h>

int main(void) {
    double inner, outer;
    if (scanf("%lf %lf", &inner, &outer) != 2) {
        return 1;
    }
    printf("%.12f\n", acos(-1.0) * (outer - inner) * (outer + inner));
    return 0;
}
