#include <iostream>
#include <string>

int main() {
    std::string kind, word;
    std::cin >> kind >> word;
    for (char &c : word) c = kind == "write" ? c - '0' + 'a' : c - 'a' + '0';
    std::cout << word << '\n';
}
