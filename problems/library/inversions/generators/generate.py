#!/usr/bin/env python3
"""Writes the secret test data, always the same."""

import random
import subprocess
import sys
from pathlib import Path

MOST = 120_000
package = Path(__file__).resolve().parent.parent
dice = random.Random(20260901)

cases = {
    "01-alone": [7],
    "02-all-equal": [5] * 50,
    "03-in-order": sorted(dice.randint(1, 10**9) for _ in range(1000)),
    "04-random": [dice.randint(1, 100) for _ in range(1000)],
    "05-large-random": [dice.randint(1, 10**9) for _ in range(MOST)],
    "06-large-reversed": list(range(MOST, 0, -1)),
    "07-large-few-values": [dice.randint(1, 9) for _ in range(MOST)],
}
for name, times in cases.items():
    text = f"{len(times)}\n{' '.join(map(str, times))}\n"
    solution = package / "submissions" / "accepted" / "merge.py"
    answer = subprocess.run([sys.executable, solution], input=text, capture_output=True, text=True, check=True).stdout
    (package / "data" / "secret" / f"{name}.in").write_text(text)
    (package / "data" / "secret" / f"{name}.ans").write_text(answer)
