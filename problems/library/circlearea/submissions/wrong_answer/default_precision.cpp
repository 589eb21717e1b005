// Prints six digits, which is one too few.
#include <cmath>
#include <iostream>

int main() {
    double inner, outer;
    std::cin >> inner >> outer;
    std::cout << std::acos(-1.0) * (outer - inner) * (outer + inner) << '\n';
}
