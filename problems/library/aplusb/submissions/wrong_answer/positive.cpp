// Forgets that numbers can be negative.
#include <iostream>

int main() {
    long long a, b;
    std::cin >> a >> b;
    std::cout << (a < 0 ? -a : a) + (b < 0 ? -b : b) << '\n';
}
