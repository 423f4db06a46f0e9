"""repr() of floats: every power of two, and others by a seeded generator. Lines: the bits in hexadecimal, what repr prints."""

import random
import struct

random.seed(2)
bits = [1 << n for n in range(52)] + [power << 52 for power in range(1, 2047)]
bits += [random.getrandbits(63) for _ in range(400)]
bits += [struct.unpack("<Q", struct.pack("<d", random.randrange(1, 10**6) / 10 ** random.randrange(9)))[0] for _ in range(400)]
# Halfway between two decimals of 17 digits.
bits += [struct.unpack("<Q", struct.pack("<d", 2.0**50 + n / 4))[0] for n in range(100)]
for word in bits:
    value = struct.unpack("<d", struct.pack("<Q", word))[0]
    if value - value == 0:
        print(f"{word:x} {value!r}")
