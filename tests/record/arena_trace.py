"""arena_trace.py: operations for a pymalloc trace with many arenas taken and given back, as `op slot size` lines.

A few size classes of large blocks, in waves: fill, free at random, free whole stretches, fill again, some realloc.
"""
state = 20261


def random(n):
    global state
    state = state * 6364136223846793005 + 1442695040888963407 & 2**64 - 1
    return (state >> 33) % n


SIZES = 512, 500, 505, 272, 508, 512, 511, 16
live, order, slot = {}, [], 0


def make(count):
    global slot
    for _ in range(count):
        size = SIZES[random(len(SIZES))] - random(12)
        print('m', slot, size)
        live[slot] = size
        order.append(slot)
        slot += 1


def free(slots):
    for s in slots:
        if s in live:
            del live[s]
            print('f', s, 0)


make(10000)
for wave in range(4):
    at = random(len(order) - 4000)
    free(order[at:at + 4000])                         # a stretch: whole pools, whole arenas
    free([s for s in order if random(12) == 0])
    order = [s for s in order if s in live]
    make(2500)
    for s in order[::40]:
        size = 1 + random(700)
        live[s] = size
        print('r', s, size)
    if wave % 2:
        free(list(reversed(order[-1500:])))
        order = [s for s in order if s in live]
free(order[::2])
free(order[1::2])
