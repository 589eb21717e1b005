// One step too far.
#include <iostream>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<int> times(n);
    for (int &time : times) {
        std::cin >> time;
    }
    long long count = 0;
    for (int earlier = 0; earlier < n; earlier++) {
        for (int later = earlier + 1; later <= n; later++) {
            count += times.at(earlier) > times.at(later);
        }
    }
    std::cout << count << '\n';
}
