/* Busy for half a minute of CPU time; ends by itself where nobody stops it. */
#include <time.h>

int main(void) {
    volatile unsigned long steps = 0;
    while (clock() < 30 * CLOCKS_PER_SEC) {
        for (int i = 0; i < 1000000; i++) {
            steps++;
        }
    }
    return 0;
}
