"""reprs.py: repr() of many values, and which characters str.isprintable() calls printable. Run by record_merged.sh."""
import json
import struct
from commands import Random

random = Random(1, shift=11)


def out(**line):
    print(json.dumps(line, separators=(',', ':')))


def bits(x):
    return '%016x' % struct.unpack('<Q', struct.pack('<d', x))[0]


FLOATS = [0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1e15, 1e16, 1e17, 123456789012345678.0, 9999999999999998.0, 1e-4, 1e-5, 1.5e-7, 12345.678, 1e22, 1e23, 1e100,
          1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 4.35, 0.3, 2 / 3, 1 / 3, 100.0, 1e2, 1234567.0, float('inf'),
          float('-inf'), float('nan'), 9007199254740993.0, 2.0**63, 2.0**-30, 1e-10, 9.5367431640625e-07]
for i in range(250):
    how = random(4)
    if how == 0:
        FLOATS.append(struct.unpack('<d', struct.pack('<Q', random(2**53) << 11 | random(2048)))[0])
    elif how == 1:
        FLOATS.append(random(10**6) / 10**random(9))
    elif how == 2:
        FLOATS.append(random(2**53) * 10.0**(random(50) - 25))
    else:
        FLOATS.append(float(random(10**random(20) + 1)))
for x in FLOATS:
    if x == x:
        out(of='float', bits=bits(x), repr=repr(x))

for z in (0j, 1j, -1j, 1 + 2j, -1 - 1j, 0.5j, complex(-0.0, 1), complex(0.0, -0.0), complex(-0.0, -0.0), 1e16 + 1e-5j, 1.5 + 0j, complex(float('inf'), 1),
          complex(1, float('-inf')), complex(0, float('inf')), 3 + 4j, 0.1 - 2.5e300j):
    out(of='complex', bits=[bits(z.real), bits(z.imag)], repr=repr(z))

for n in [0, 1, -1, 5, 10**9 - 1, 10**9, 10**18, 2**30, 2**60, -2**64, 10**50, -10**100, 7**1000] + [random(2**53)**random(8) * (-1)**i for i in range(40)]:
    out(of='int', hex='%x' % n, repr=repr(n))

STRINGS = ['', 'a', "it's", '"', '\'"', "it's \"so\"", '\\', '\t\n\r', '\x00\x1f\x7f', '\x80\x9f\xa0\xa1\xad', '\xe9\xff', '\u0100\u0378\u200b\u2028\u3000\ufeff',
           '\ud800\udfff', '\ue000\uffff', '\U0001f600\U0001fae8\U0001fac8', '\U000e0001\U0010ffff', 'tab\there', '\u20ac uro', 'h\xe9llo', '\u0301', '\\n', 'a\\"b']
for i in range(60):
    STRINGS.append(''.join(chr(random((128, 256, 0x3000, 0x20000)[random(4)])) for _ in range(random(9))))
for s in STRINGS:
    out(of='str', chars=[ord(c) for c in s], repr=repr(s))

BYTES = [b'', b'a', b"it's", b'"', b'\'"', b'\\', b'\t\n\r\0\x1f ~\x7f\x80\xff', b'bytes!'] + [bytes(random(256) for _ in range(random(12))) for i in range(30)]
for b in BYTES:
    out(of='bytes', hex=b.hex(), repr=repr(b), bytearray=repr(bytearray(b)))

for source in ['()', '(1,)', '(1, "a", 2.5)', '((),)', '[]', '[1, [2, [3, []]]]', '["a", b"b", None, True, ..., NotImplemented]', 'range(10)', 'range(2, 10)', 'range(0, 10, 3)',
               'range(5, 0, -1)', 'slice(1, 2, None)', 'slice(None, None, None)', '[range(3), (slice(1, 2, 3),)]', '[int, str, type, object]', '[ValueError, OSError]']:
    out(of='value', expression=source, repr=repr(eval(source)))
loop = [1]
loop.append(loop)
out(of='loop', expression='l = [1]; l.append(l)', repr=repr(loop))
pair = ([],)
pair[0].append(pair)
out(of='loop', expression='t = ([],); t[0].append(t)', repr=repr(pair))
held = []
held.append(KeyError(held))
out(of='loop', expression='e = KeyError([]); e.args[0].append(e)', repr=repr(held[0]))

for first in range(0, 0x110000, 0x1000):
    h = 0xcbf29ce484222325
    for c in range(first, first + 0x1000):
        h = (h ^ chr(c).isprintable()) * 0x100000001b3 & 2**64 - 1
    out(of='printable', first=first, digest='%016x' % h)
