// Counts runners of the same time as overtaken, too.
#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    std::cin >> n;
    std::vector<int> times(n);
    for (int &time : times) {
        std::cin >> time;
    }
    std::vector<int> ranks(times);
    std::sort(ranks.begin(), ranks.end());
    std::vector<int> tree(n + 1);
    long long count = 0;
    for (int i = 0; i < n; i++) {
        auto place = std::lower_bound(ranks.begin(), ranks.end(), times[i]) - ranks.begin();
        int faster = 0;
        for (auto k = place; k > 0; k -= k & -k) {
            faster += tree[k];
        }
        count += i - faster;
        for (auto k = place + 1; k <= n; k += k & -k) {
            tree[k]++;
        }
    }
    std::cout << count << '\n';
}
