// Accepts (exit code 42) two primes whose sum is the number in the input, and nothing after them.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

namespace {

std::string feedback;

[[noreturn]] void reject(const std::string &for_judges, const std::string &for_the_team) {
    std::ofstream(feedback + "judgemessage.txt") << for_judges << '\n';
    std::ofstream(feedback + "teammessage.txt") << for_the_team << '\n';
    std::exit(43);
}

bool is_prime(long long number) {
    if (number < 2) {
        return false;
    }
    for (long long divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

int main(int argc, char **argv) {
    if (argc < 4) {
        return 1;
    }
    feedback = argv[3];
    long long n = 0;
    if (!(std::ifstream(argv[1]) >> n)) {
        return 1;
    }
    long long first = 0, second = 0;
    if (!(std::cin >> first >> second)) {
        reject("there are no two numbers", "expected two numbers");
    }
    std::string more;
    if (std::cin >> more) {
        reject("there is more: " + more.substr(0, 50), "expected two numbers and nothing more");
    }
    const std::string sum = std::to_string(first) + " + " + std::to_string(second);
    // Before adding them, so that no sum overflows.
    for (long long number : {first, second}) {
        if (number > n || !is_prime(number)) {
            reject(std::to_string(number) + " of " + sum, std::to_string(number) + " is too large or not a prime");
        }
    }
    if (first + second != n) {
        reject(sum + " is not " + std::to_string(n), "the sum is not n");
    }
    return 42;
}
