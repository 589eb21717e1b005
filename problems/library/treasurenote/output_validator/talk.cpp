// Evening and morning. The input of the morning is what was written in the evening.

#include <cctype>
#include <fstream>
#include <iostream>
#include <string>

static std::string feedback;

static int reject(const std::string &why) {
    std::ofstream(feedback + "judgemessage.txt", std::ios::app) << why << "\n";
    return 43;
}

static bool is_note(const std::string &note) {
    for (char c : note)
        if (!std::isdigit(static_cast<unsigned char>(c))) return false;
    return !note.empty() && note.size() <= 3;
}

static int evening(int stones, int treasure) {
    std::cout << "evening " << stones << std::endl;
    std::string word;
    for (int asked = 0; std::cin >> word && word == "ask"; ++asked) {
        int stone;
        if (asked == 10) return reject("evening: more than ten questions");
        if (!(std::cin >> stone)) return reject("evening: a question without a stone");
        std::cout << (treasure < stone ? "before" : treasure == stone ? "here" : "behind") << std::endl;
    }
    std::string note;
    if (word != "note" || !(std::cin >> note) || !is_note(note)) return reject("evening: no note of one to three digits");
    std::ofstream(feedback + "nextpass.in") << "morning " << stones << " " << treasure << " " << note << "\n";
    std::ofstream(feedback + "judgemessage.txt", std::ios::app) << "evening: the note is " << note << "\n";
    return 42;
}

static int morning(int stones, int treasure, const std::string &note) {
    std::cout << "morning " << stones << " " << note << std::endl;
    std::string word;
    int stone;
    if (!(std::cin >> word >> stone) || word != "dig") return reject("morning: nobody digs");
    return stone == treasure ? 42 : reject("morning: dug in the wrong place, " + std::to_string(stone));
}

int main(int, char **argv) {
    feedback = argv[3];
    std::ifstream input(argv[1]);
    std::string when, note;
    int stones, treasure;
    if (!(input >> when >> stones >> treasure)) return 1;
    if (when == "evening") return evening(stones, treasure);
    if (!(input >> note)) return 1;
    return morning(stones, treasure, note);
}
