// Counts, in a Fenwick tree over the ranks, how many of the runners before were slower.
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
        auto place = std::upper_bound(ranks.begin(), ranks.end(), times[i]) - ranks.begin();
        int not_slower = 0;
        for (auto k = place; k > 0; k -= k & -k) {
            not_slower += tree[k];
        }
        count += i - not_slower;
        for (auto k = place; k <= n; k += k & -k) {
            tree[k]++;
        }
    }
    std::cout << count << '\n';
}
