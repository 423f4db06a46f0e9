"""Programs for pymalloc_trace: pymalloc_programs.py KIND SEED OPERATIONS

One operation a line, `m slot size`, `r slot size`, `f slot 0`. The number of live blocks goes up and down in waves; what is
freed is chosen at random, oldest first, newest first or in strides, anew for each wave; at the end everything is freed.
"""
import random
import sys

kind, seed, operations = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rnd = random.Random(f"{kind} {seed}")
size = {
    "tiny": lambda: rnd.randint(1, 32),
    "one-class": lambda: rnd.randint(497, 512),
    "arenas": lambda: rnd.choice((512, 512, 512, 496, 480)),
    "waves": lambda: rnd.choice((rnd.randint(400, 512), rnd.randint(1, 512))),
    "reallocs": lambda: rnd.choice((rnd.randint(1, 512), rnd.randint(1, 64), rnd.randint(0, 700))),
    "classes": lambda: rnd.choice((16, 64, 256, 512)),
}[kind]
highest_wave = operations // {"arenas": 3, "waves": 6, "one-class": 6, "classes": 6}.get(kind, 10)

live, free_slots, slots = [], [], 0
growing, order, target = True, "random", 0
for step in range(operations):
    if len(live) >= target if growing else len(live) <= target:
        growing = not growing
        order = rnd.choice(("random", "oldest", "newest", "strides"))
        target = len(live) + rnd.randint(1, highest_wave) if growing else rnd.choice((0, rnd.randint(0, len(live) // 4)))
    against_the_wave = rnd.random() < 0.08
    if kind == "reallocs" and live and rnd.random() < 0.5:
        print("r", rnd.choice(live), size())
    elif growing != against_the_wave or not live:
        if not free_slots:
            free_slots.append(slots)
            slots += 1
        live.append(free_slots.pop())
        print("m", live[-1], size())
    else:
        at = {"random": rnd.randrange(len(live)), "oldest": 0, "newest": -1, "strides": step * 37 % len(live)}[order]
        free_slots.append(live.pop(at))
        print("f", free_slots[-1], 0)
for slot in live[:: -1 if seed % 2 else 1]:
    print("f", slot, 0)
