#include <iostream>
#include <string>

int main() {
    long long top, found = 0, bit = 1;
    std::cin >> top;
    while (2 * bit <= top) bit *= 2;
    // What is known: the number is greater than `found`, and at most `found + 2 * bit - 1`.
    for (std::string answer; answer != "found"; bit /= 2) {
        if (bit == 0) return 1;
        if (found + bit > top) continue;
        std::cout << found + bit << std::endl;
        std::cin >> answer;
        if (answer == "higher") found += bit;
    }
}
