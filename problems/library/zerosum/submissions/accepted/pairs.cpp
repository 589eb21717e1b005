#include <iostream>

int main() {
    int n;
    std::cin >> n;
    for (int number = -(n / 2); number <= n / 2; ++number)
        if (number != 0 || n % 2) std::cout << number << ' ';
    std::cout << '\n';
}
