// Tries every way to pack.
#include <iostream>
#include <vector>

int main() {
    int n, capacity;
    std::cin >> n >> capacity;
    std::vector<int> weights(n);
    for (int &weight : weights) std::cin >> weight;
    long long best = 0;
    int most = 0;
    for (long long way = 1; way < 1LL << n; way++) {
        int sum = 0;
        for (int thing = 0; thing < n; thing++) {
            if (way >> thing & 1) sum += weights[thing];
        }
        if (sum <= capacity && sum > most) most = sum, best = way;
    }
    for (int thing = 0; thing < n; thing++) {
        if (best >> thing & 1) std::cout << thing + 1 << " ";
    }
    std::cout << "\n";
}
