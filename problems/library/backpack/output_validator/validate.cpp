// Checks that the things exist, are packed once and are not too heavy; the score is the part of the best weight.
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <vector>

static std::string feedback;

[[noreturn]] static void reject(const std::string &why) {
    std::ofstream(feedback + "judgemessage.txt") << why << "\n";
    std::ofstream(feedback + "teammessage.txt") << why << "\n";
    std::exit(43);
}

int main(int, char **argv) {
    std::ifstream input(argv[1]), answer(argv[2]);
    feedback = argv[3];
    int n, capacity, best;
    input >> n >> capacity;
    answer >> best;
    std::vector<int> weights(n);
    for (int &weight : weights) input >> weight;

    std::set<int> packed;
    int thing, sum = 0;
    while (std::cin >> thing) {
        if (thing < 1 || thing > n) reject("there is no such thing");
        if (!packed.insert(thing).second) reject("a thing is packed twice");
        sum += weights[thing - 1];
    }
    if (!std::cin.eof()) reject("that is not a number");
    if (sum > capacity) reject("too heavy");
    if (sum == 0) reject("nothing is packed");
    if (sum > best) return 1; // The answer is not the best.
    std::ofstream(feedback + "score_multiplier.txt") << static_cast<double>(sum) / best << "\n";
    std::ofstream(feedback + "judgemessage.txt") << sum << " of " << best << "\n";
    return 42;
}
