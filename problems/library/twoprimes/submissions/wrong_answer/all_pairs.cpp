// Prints every pair where one is asked for.

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
    int n = 0, left = 100;
    std::cin >> n;
    for (int first = 2; first <= n / 2 && left > 0; first++) {
        if (is_prime(first) && is_prime(n - first)) {
            std::cout << first << ' ' << n - first << '\n';
            left--;
        }
    }
}
