// Thinks of the number in the input, and answers to guesses.

#include <fstream>
#include <iostream>
#include <string>

int main(int, char **argv) {
    std::ifstream input(argv[1]);
    std::ofstream judges(std::string(argv[3]) + "judgemessage.txt");
    long long top, secret, guesses;
    if (!(input >> top >> secret >> guesses)) return 1;
    std::cout << top << std::endl;
    for (long long turn = 1; turn <= guesses; ++turn) {
        long long guess;
        if (!(std::cin >> guess)) {
            judges << "guess " << turn << " is no number, or there is none\n";
            return 43;
        }
        if (guess < 1 || guess > top) {
            judges << "guess " << turn << " is " << guess << ", out of range\n";
            return 43;
        }
        if (guess == secret) {
            std::cout << "found" << std::endl;
            judges << "found with guess " << turn << " of " << guesses << "\n";
            return 42;
        }
        std::cout << (secret < guess ? "lower" : "higher") << std::endl;
    }
    judges << "the last guess is wrong, too\n";
    return 43;
}
