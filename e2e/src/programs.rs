//! Programs for the sample problem `aplusb`, each with an end of its own.

/// Python that is accepted.
pub const ACCEPTED: &str = "a, b = map(int, input().split())\nprint(a + b)\n";
/// Python with a wrong answer.
pub const WRONG: &str = "a, b = map(int, input().split())\nprint(a - b - 1)\n";
/// Python that computes until it is stopped; ends by itself after half a minute.
pub const ENDLESS: &str =
    "import time\nend = time.monotonic() + 30\nwhile time.monotonic() < end:\n    pass\n";
/// Python that fails.
pub const FAILING: &str = "raise SystemExit(3)\n";
/// Python that writes without end; ends by itself after a gigabyte.
pub const FLOODING: &str = "for _ in range(1024):\n    print('x' * (1 << 20))\n";
/// Python that cannot be compiled.
pub const BROKEN: &str = "def f(:\n    pass\n";
/// C++ that is accepted.
pub const ACCEPTED_CPP: &str =
    "#include <iostream>\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }\n";
/// C++ that takes memory until it gets no more; ends by itself after 16 GiB.
pub const GREEDY_CPP: &str = "#include <cstdlib>\n#include <cstring>\nint main() {\n\
    for (int i = 0; i < 256; i++) { char *p = (char *)malloc(64 << 20); if (!p) return 1; memset(p, 1, 64 << 20); }\n}\n";
/// C++ that cannot be compiled.
pub const BROKEN_CPP: &str = "int main() { return x; }\n";
