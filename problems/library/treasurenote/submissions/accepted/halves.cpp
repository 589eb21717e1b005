#include <iostream>
#include <string>

int main() {
    std::string when, answer;
    int stones, note;
    std::cin >> when >> stones;
    if (when == "morning") {
        std::cin >> note;
        std::cout << "dig " << note + 1 << std::endl;
        return 0;
    }
    int low = 1, high = stones;
    while (low < high) {
        int middle = (low + high) / 2;
        std::cout << "ask " << middle << std::endl;
        std::cin >> answer;
        if (answer == "behind") low = middle + 1;
        else high = answer == "here" ? middle : middle - 1;
        if (answer == "here") low = middle;
    }
    std::cout << "note " << low - 1 << std::endl;
}
