// Packs the heaviest thing that fits, and nothing else.
#include <iostream>

int main() {
    int n, capacity, best = 0, heaviest = 0;
    std::cin >> n >> capacity;
    for (int thing = 1; thing <= n; thing++) {
        int weight;
        std::cin >> weight;
        if (weight <= capacity && weight > heaviest) heaviest = weight, best = thing;
    }
    std::cout << best << "\n";
}
