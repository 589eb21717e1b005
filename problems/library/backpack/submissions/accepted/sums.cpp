#include <iostream>
#include <vector>

int main() {
    int n, capacity;
    std::cin >> n >> capacity;
    std::vector<int> weights(n), last(capacity + 1, -1); // The thing that completes a sum.
    for (int &weight : weights) std::cin >> weight;
    last[0] = n;
    for (int thing = 0; thing < n; thing++) {
        for (int sum = capacity; sum >= weights[thing]; sum--) {
            if (last[sum] < 0 && last[sum - weights[thing]] >= 0) last[sum] = thing;
        }
    }
    int sum = capacity;
    while (last[sum] < 0) sum--;
    for (; sum > 0; sum -= weights[last[sum]]) std::cout << last[sum] + 1 << " ";
    std::cout << "\n";
}
