#include <stdio.h>

static const char *letters[4][10] = {
    {"", "M", "MM", "MMM", "", "", "", "", "", ""},
    {"", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"},
    {"", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"},
    {"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"},
};

int main(void) {
    int n;
    if (scanf("%d", &n) != 1) return 1;
    printf("%s%s%s%s\n", letters[0][n / 1000], letters[1][n / 100 % 10], letters[2][n / 10 % 10], letters[3][n % 10]);
    return 0;
}
