# Busy for half a minute of CPU time; ends by itself where nobody stops it.
import time

steps = 0
while time.process_time() < 30:
    steps += 1
