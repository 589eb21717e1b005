// 50 points: too slow for the last subtask.
#include <iostream>

int main() {
    long long n, sum = 0;
    std::cin >> n;
    for (long long i = 1; i <= n; i++) sum += n / i;
    std::cout << sum << "\n";
}
