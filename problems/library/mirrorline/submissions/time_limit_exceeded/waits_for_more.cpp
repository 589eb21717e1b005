// Sends, and then looks for the end of what arrives at a place where it is not.
#include <iostream>
#include <string>

int main() {
    std::string task, text;
    std::cin >> task >> text;
    if (task == "send") {
        std::cout << std::string(text.size(), '1') << std::endl;
        return 0;
    }
    volatile std::size_t at = 0;
    while (at < text.size()) at = (at + 1) % text.size();
}
