/* Looks for a numeral that it never finds. */
int main(void) {
    volatile unsigned n = 0;
    for (;;) n++;
}
