// Sends the last bit of the last letter first, so that the other end can read from left to right.
#include <algorithm>
#include <bitset>
#include <iostream>
#include <string>

int main() {
    std::string task, text, result;
    std::cin >> task >> text;
    if (task == "send") {
        for (char letter : text) result += std::bitset<5>(letter - 'a').to_string();
        std::reverse(result.begin(), result.end());
    } else {
        for (std::size_t at = 0; at < text.size(); at += 5)
            result += static_cast<char>('a' + std::bitset<5>(text.substr(at, 5)).to_ulong());
    }
    std::cout << result << std::endl;
}
