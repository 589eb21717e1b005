#!/bin/sh
# Makes ../assets/stix-two-math*.woff2, the font of formulas: STIX Two Math in two parts, which keep its table MATH. The first has what nearly
# every formula needs, and all that browsers stretch or draw large; a browser fetches the second where something of it stands
# in a formula. Only to be run for a new version or more letters; needs pyftsubset of fonttools, with brotli (pip install fonttools brotli).
#
#     sh math-font.sh stix-two-math-latin-400-normal.woff2     # of the npm package @fontsource/stix-two-math
#
# It prints the ranges of the second part, as ../assets/style.css has to have them. A page with formulas is to take less than 40 kB with
# the first part: there is a test.
set -eu

# The first part: letters and digits, italic letters, and the signs of most formulas.
letters="U+20-7E,U+A0,U+210E,U+1D434-1D467"
common="U+B1,U+B7,U+D7,U+203E,U+2016,U+2026,U+2032,U+2061-2064,U+2190,U+2192,U+2208,U+220F,U+2211,U+2212,U+221A,U+221E,U+2223"
large="U+222B,U+2260,U+2261,U+2264,U+2265,U+22C2,U+22C3,U+22C5,U+22EF,U+2308-230B,U+27E8-27E9"
first="$letters,$common,$large"

# The second part: everything else that statements use.
basic="U+AC,U+F7,U+131,U+237,U+2C6,U+2C7,U+2D8-2DD,U+300-303,U+305-308,U+30A,U+30C,U+338"
greek="U+391-3A9,U+3B1-3C9,U+3D1,U+3D5,U+3D6,U+3F1,U+3F5"
signs="U+2013,U+2014,U+2020-2022,U+2033,U+2034,U+20D7,U+210F,U+2111,U+2113,U+211C,U+2102,U+2115,U+2119,U+211A,U+211D,U+2124,U+2135"
arrows="U+2191,U+2193-2199,U+21A6,U+21CC,U+21D0-21D5,U+27F5-27FA"
operators="U+2200-2207,U+2209-220B,U+2210,U+2213,U+2216-2219,U+221D,U+221F-2222,U+2224-222A,U+222C-222E,U+2234-2235,U+223C,U+2243"
more="U+2245,U+2248,U+224D,U+2250,U+2254,U+2262,U+226A-226B,U+2270-2271,U+227A-227B,U+2282-2289,U+228E,U+2293-2299,U+22A2-22A5,U+22A8"
rest="U+22BB,U+22C0,U+22C1,U+22C4,U+22C6,U+22EE,U+22F0,U+22F1,U+23DE-23DF,U+25A1,U+25B3,U+25CB,U+25C7,U+2A00-2A02,U+2A7D-2A7E"
alphabets="U+1D400-1D433,U+1D49C-1D4B5,U+1D538-1D56B,U+1D6A4-1D6A5,U+1D6FC-1D71B"
second="$basic,$greek,$signs,$arrows,$operators,$more,$rest,$alphabets"

assets="$(dirname "$0")/../assets"
for part in "stix-two-math=$first" "stix-two-math-more=$second"; do
    pyftsubset "$1" --flavor=woff2 --no-hinting --layout-features=math --unicodes="${part#*=}" --output-file="$assets/${part%%=*}.woff2"
done
echo "$second"
