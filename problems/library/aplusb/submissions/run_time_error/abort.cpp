// Takes the second line of an input that has one.
#include <iostream>
#include <stdexcept>
#include <string>

int main() {
    std::string first, second;
    std::getline(std::cin, first);
    if (!std::getline(std::cin, second)) {
        throw std::runtime_error("no second line");
    }
    std::cout << std::stoll(first) + std::stoll(second) << '\n';
}
