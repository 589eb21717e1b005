// 50 points: knows no letter above 100, and crashes there.
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

int main() {
    const std::pair<int, const char *> table[] = {
        {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"},
    };
    int n;
    std::cin >> n;
    if (n >= 400) std::abort();
    std::string numeral;
    for (auto [value, letters] : table) {
        for (; n >= value; n -= value) numeral += letters;
    }
    std::cout << numeral << "\n";
}
