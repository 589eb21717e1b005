#include <iostream>
#include <vector>

int main() {
    const long long mod = 1'000'000'007;
    int n, k;
    std::cin >> n >> k;
    std::vector<long long> ways(n + 1);
    ways[0] = 1;
    long long window = 0;
    for (int i = 1; i <= n; i++) {
        window += ways[i - 1];
        if (i - 1 - k >= 0) window += mod - ways[i - 1 - k];
        window %= mod;
        ways[i] = window;
    }
    std::cout << ways[n] << "\n";
}
