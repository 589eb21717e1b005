"""Looks for the forbidden character in what was submitted. What a compiler made of it lies beside it, and may have any bytes."""

import os
import sys

language, entry_point, feedback = sys.argv[1:4]
endings = {
    "c": (".c", ".h"),
    "cpp": (".cpp", ".cc", ".cxx", ".c++", ".C", ".h", ".hpp"),
    "java": (".java",),
    "javascript": (".js", ".mjs"),
    "lua": (".lua",),
    "perl": (".pl", ".pm"),
    "python3": (".py", ".py3"),
    "ruby": (".rb",),
}[language]
for name in sorted(os.listdir()):
    if not name.endswith(endings):
        continue
    with open(name) as source:
        for number, line in enumerate(source, 1):
            if "+" in line:
                with open(feedback + "teammessage.txt", "w") as message:
                    message.write(f"there is a plus in line {number} of {name}")
                sys.exit(43)
sys.exit(42)
