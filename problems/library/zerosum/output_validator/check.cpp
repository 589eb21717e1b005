// Any different numbers will do, as long as they add up to zero.

#include <set>

#include "testlib.h"

int main(int argc, char *argv[]) {
    registerTestlibCmd(argc, argv);
    int n = inf.readInt();
    std::set<int> numbers;
    long long sum = 0;
    for (int i = 1; i <= n; ++i) {
        int number = ouf.readInt(-1000000000, 1000000000, "number");
        if (!numbers.insert(number).second) quitf(_wa, "the %d is there twice", number);
        sum += number;
    }
    if (sum != 0) quitf(_wa, "the sum is %lld", sum);
    quitf(_ok, "%d numbers", n);
}
