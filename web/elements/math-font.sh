#!/bin/sh
# Makes ../assets/stix-two-math.woff2, the font of formulas: a subset of STIX Two Math with what statements use, which keeps
# its table MATH. Only to be run for a new version or more letters; needs pyftsubset of fonttools, with brotli.
#
#     sh math-font.sh stix-two-math.woff2     # of the npm package @fontsource/stix-two-math
set -eu

basic="U+20-7E,U+A0,U+AC,U+B1,U+B7,U+D7,U+F7,U+131,U+237,U+2C6,U+2C7,U+2D8-2DD,U+300-303,U+305-308,U+30A,U+30C,U+338"
greek="U+391-3A9,U+3B1-3C9,U+3D1,U+3D5,U+3D6,U+3F1,U+3F5"
signs="U+2013,U+2014,U+2016,U+2020-2022,U+2026,U+2032-2034,U+203E,U+2061-2064,U+20D7,U+210E,U+210F,U+2111,U+2113,U+211C"
sets="U+2102,U+2115,U+2119,U+211A,U+211D,U+2124,U+2135"
arrows="U+2190-2199,U+21A6,U+21CC,U+21D0-21D5,U+27F5-27FA"
operators="U+2200-220B,U+220F-2213,U+2216-222E,U+2234-2235,U+223C,U+2243,U+2245,U+2248,U+224D,U+2250,U+2254,U+2260-2262"
more="U+2264-2265,U+226A-226B,U+2270-2271,U+227A-227B,U+2282-2289,U+228E,U+2293-2299,U+22A2-22A5,U+22A8,U+22BB,U+22C0-22C6"
rest="U+22EE-22F1,U+2308-230B,U+23DE-23DF,U+25A1,U+25B3,U+25CB,U+25C7,U+27E8-27E9,U+2A00-2A02,U+2A7D-2A7E"
alphabets="U+1D400-1D467,U+1D49C-1D4B5,U+1D538-1D56B,U+1D6A4-1D6A5,U+1D6FC-1D71B"

pyftsubset "$1" --flavor=woff2 --no-hinting --layout-features=ssty,math,kern \
    --unicodes="$basic,$greek,$signs,$sets,$arrows,$operators,$more,$rest,$alphabets" \
    --output-file="$(dirname "$0")/../assets/stix-two-math.woff2"
