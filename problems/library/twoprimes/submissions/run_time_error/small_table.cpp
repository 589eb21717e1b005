#include <iostream>
#include <vector>

int main() {
    std::vector<bool> composite(1000);
    for (int number = 2; number < 1000; number++) {
        for (int multiple = 2 * number; multiple < 1000; multiple += number) {
            composite[multiple] = true;
        }
    }
    int n = 0;
    std::cin >> n;
    int first = 2;
    while (composite.at(first) || composite.at(n - first)) {
        first++;
    }
    std::cout << first << ' ' << n - first << '\n';
}
