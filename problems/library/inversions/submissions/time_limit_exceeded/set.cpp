// Walks through a balanced tree step by step; gives up after half a minute of CPU time.
#include <ctime>
#include <iostream>
#include <iterator>
#include <set>

int main() {
    int n;
    std::cin >> n;
    std::multiset<int> before;
    long long count = 0;
    for (int i = 0; i < n && std::clock() < 30 * CLOCKS_PER_SEC; i++) {
        int time;
        std::cin >> time;
        count += std::distance(before.upper_bound(time), before.end());
        before.insert(time);
    }
    std::cout << count << '\n';
}
