// One number on one line.

#include "testlib.h"

int main(int argc, char *argv[]) {
    registerValidation(argc, argv);
    inf.readInt(1, 100000, "n");
    inf.readEoln();
    inf.readEof();
}
