/* Single precision, and a difference of squares: the thin and wide ring comes out as nothing. */
#include <stdio.h>

int main(void) {
    float inner, outer;
    if (scanf("%f %f", &inner, &outer) != 2) {
        return 1;
    }
    float squares = outer * outer - inner * inner;
    printf("%f\n", 3.14159265f * squares);
    return 0;
}
