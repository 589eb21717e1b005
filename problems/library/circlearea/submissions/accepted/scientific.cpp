// Prints in scientific notation, which is as good.
#include <cmath>
#include <iomanip>
#include <iostream>

int main() {
    double inner, outer;
    std::cin >> inner >> outer;
    std::cout << std::scientific << std::setprecision(10);
    std::cout << std::acos(-1.0) * (outer - inner) * (outer + inner) << '\n';
}
