// Finds the same pairs as the others and prints them the other way round.

#include <iostream>

bool is_prime(int number) {
    for (int divisor = 2; divisor <= number / divisor; divisor++) {
        if (number % divisor == 0) {
            return false;
        }
    }
    return number >= 2;
}

int main() {
    int n = 0;
    std::cin >> n;
    for (int first = n - 2; first >= 2; first--) {
        if (is_prime(first) && is_prime(n - first)) {
            std::cout << first << '\n' << n - first << '\n';
            return 0;
        }
    }
}
