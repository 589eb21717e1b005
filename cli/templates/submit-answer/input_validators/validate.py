import re
import sys

line = sys.stdin.read()
if not re.fullmatch(r"[1-9][0-9]{0,8}\n", line):
    sys.exit("not one number from 1 to 999999999 in a line of its own")
sys.exit(42)
