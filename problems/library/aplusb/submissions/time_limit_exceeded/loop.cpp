// Counts up to the sum one by one, and never comes to the end of the larger ones; gives up after half a minute.
#include <cstdint>
#include <ctime>
#include <iostream>

int main() {
    std::int64_t a, b;
    std::cin >> a >> b;
    volatile std::int64_t sum = -4000000000000;
    while (sum < a + b && std::clock() < 30 * CLOCKS_PER_SEC) {
        for (int i = 0; i < 1000000 && sum < a + b; i++) {
            sum = sum + 1;
        }
    }
    std::cout << sum << '\n';
}
