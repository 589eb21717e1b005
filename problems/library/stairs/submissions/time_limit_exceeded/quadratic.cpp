// Sums up k terms for each step: too slow where k is large.
#include <iostream>
#include <vector>

int main() {
    int n, k;
    std::cin >> n >> k;
    std::vector<long long> ways(n + 1);
    ways[0] = 1;
    for (int i = 1; i <= n; i++) {
        for (int step = 1; step <= k && step <= i; step++) ways[i] = (ways[i] + ways[i - step]) % 1'000'000'007;
    }
    std::cout << ways[n] << "\n";
}
