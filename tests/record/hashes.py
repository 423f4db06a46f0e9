"""hashes.py: hash() of many values with the hash seed 0. Run by record.sh."""
import sys
VERSION = '%d.%d.%d' % sys.version_info[:3]
EXPRESSIONS = [ascii(v) for v in (
    '', 'a', 'b', 'ab', 'x', 'key', 'name', 'hello world', 'n' * 7, 'n' * 8, 'n' * 9, 'n' * 15, 'n' * 16, 'n' * 100, '\xe9', 'h\xe9llo', '\u20ac', '\u20ac uro',
    '\U0001f600', '\U0001f600 grin', b'', b'a', b'ab', b'\x00\xff', b'n' * 33, 0, 1, -1, -2, 2, 5, 256, 257, 1024, 2**30, -2**30, 2**60, 2**61 - 2, 2**61 - 1,
    2**61, -2**61, 2**64, 10**30, -10**30, True, False, 0.0, -0.0, 1.0, 1.5, -1.0, 0.1, 2.5, -2.5, 1e300, 5e-324, 3.141592653589793,
    1j, 1 + 2j, -1 - 1j, 0.5j, (), (1,), (0,), (1, 2), (2, 1), ('a',), ('a', 1), (1, (2, 3)), (1.5, 'x', b'y'), (-1, -2), tuple(range(20)),
    frozenset(), frozenset([1]), frozenset([1, 2, 3]), frozenset('abc'), frozenset([(1, 2), 'k']), frozenset(range(40)),
    range(0), range(1), range(10), range(2, 3), range(0, 10, 3), range(5, 0, -1), range(7, 7), slice(None), slice(1), slice(1, 2), slice(1, 2, 3), slice('a', None, 1),
)] + ["float('inf')", "float('-inf')", 'None', '(None,)', '...', 'NotImplemented', 'object', 'int']
print('#release\texpression\thash')
for e in EXPRESSIONS:
    try:
        h = hash(eval(e))
    except TypeError:
        h = 'unhashable'
    print(VERSION, e, h, sep='\t')
