// Counts the ways one by one.
#include <iostream>

static int k;

static int ways(int n) {
    if (n == 0) return 1;
    int sum = 0;
    for (int step = 1; step <= k && step <= n; step++) sum = (sum + ways(n - step)) % 1'000'000'007;
    return sum;
}

int main() {
    int n;
    std::cin >> n >> k;
    std::cout << ways(n) << "\n";
}
