// Right, but ends with an exit code that says otherwise.
#include <cmath>
#include <cstdio>

int main() {
    double inner, outer;
    if (std::scanf("%lf %lf", &inner, &outer) != 2) {
        return 1;
    }
    std::printf("%.9f\n", std::acos(-1.0) * (outer - inner) * (outer + inner));
    return 3;
}
