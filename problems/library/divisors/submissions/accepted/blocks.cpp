#include <iostream>

int main() {
    long long n, sum = 0;
    std::cin >> n;
    // Numbers with the same quotient, all at once.
    for (long long from = 1, to; from <= n; from = to + 1) {
        long long quotient = n / from;
        to = n / quotient;
        sum += quotient * (to - from + 1);
    }
    std::cout << sum << "\n";
}
