"""growth.py: at which sizes containers change the size of their memory. Run by record_merged.sh."""
import sys, json
GROW = {
    'list.append': (list, lambda c, i: c.append(i), 300000), 'list.insert(0)': (list, lambda c, i: c.insert(0, i), 3000), 'list.extend of 3': (list, lambda c, i: c.extend((1, 2, 3)), 20000),
    'list += list of 7': (list, lambda c, i: c.__iadd__([1] * 7), 5000), 'dict int keys': (dict, lambda c, i: c.__setitem__(i, i), 300000), 'dict str keys': (dict, lambda c, i: c.__setitem__('k%d' % i, i), 300000),
    'set.add': (set, lambda c, i: c.add(i), 300000), 'bytearray.append': (bytearray, lambda c, i: c.append(1), 300000), 'bytearray.extend of 9': (bytearray, lambda c, i: c.extend(b'123456789'), 30000),
}
SHRINK = {
    'list.pop': (lambda: [i for i in range(70000)], lambda c: c.pop()), 'list.pop(0)': (lambda: [i for i in range(3000)], lambda c: c.pop(0)), 'del l[-1]': (lambda: [i for i in range(70000)], lambda c: c.__delitem__(-1)),
    'del l[-3:]': (lambda: [i for i in range(9000)], lambda c: c.__delitem__(slice(-3, None))), 'dict.popitem': (lambda: {i: i for i in range(5000)}, lambda c: c.popitem()), 'set.pop': (lambda: set(range(5000)), lambda c: c.pop()),
    'bytearray.pop': (lambda: bytearray(70000), lambda c: c.pop()), 'del b[:1]': (lambda: bytearray(9000), lambda c: c.__delitem__(slice(0, 1))),
}
MAKE = {
    'list(range(n))': lambda n: list(range(n)), '[*range(n)]': lambda n: [*range(n)], 'comprehension': lambda n: [i for i in range(n)], 'list(generator)': lambda n: list(i for i in range(n)), 'list(tuple)': lambda n: list((None,) * n),
    '[None] * n': lambda n: [None] * n, 'l[:n]': lambda n: ([0] * 2000)[:n], 'l + l': lambda n: [0] * n + [0] * n, 'sorted': lambda n: sorted(range(n)), 'list(dict)': lambda n: list(dict.fromkeys(range(n))), 'list(set)': lambda n: list(set(range(n))),
    'str.split': lambda n: ('a ' * n).split(), 'set(range(n))': lambda n: set(range(n)), 'set comprehension': lambda n: {i for i in range(n)}, 'set(list)': lambda n: set(list(range(n))), 'set(set)': lambda n: set(set(range(n))), 'frozenset(set)': lambda n: frozenset(set(range(n))), 'set.copy': lambda n: set(range(n)).copy(),
    'dict comprehension': lambda n: {i: i for i in range(n)}, 'dict.fromkeys(range)': lambda n: dict.fromkeys(range(n)), 'dict.fromkeys(set)': lambda n: dict.fromkeys(set(range(n))), 'dict(pairs)': lambda n: dict([(i, i) for i in range(n)]), 'dict(dict)': lambda n: dict({i: i for i in range(n)}), 'dict.copy': lambda n: {i: i for i in range(n)}.copy(),
    'dict(zip)': lambda n: dict(zip(range(n), range(n))), '{**d}': lambda n: {**{i: i for i in range(n)}}, 'd | d': lambda n: {i: i for i in range(n)} | {-i: i for i in range(n)}, 'dict(**kw)': lambda n: dict(**{'k%d' % i: i for i in range(n)}),
    'tuple(range(n))': lambda n: tuple(range(n)), 'bytearray(n)': bytearray, 'bytearray(bytes)': lambda n: bytearray(bytes(n)),
}


def changes(pairs):
    out, last = [], None
    for n, size in pairs:
        if size != last:
            out.append([n, size])
            last = size
    return out


def grow(make, step, count):
    c = make()
    yield len(c), sys.getsizeof(c)
    for i in range(count):
        step(c, i)
        yield len(c), sys.getsizeof(c)


def shrink(make, step):
    c = make()
    yield len(c), sys.getsizeof(c)
    while c:
        step(c)
        yield len(c), sys.getsizeof(c)


for name, (make, step, count) in GROW.items():
    print(json.dumps({'what': 'grow', 'case': name, 'changes': changes(grow(make, step, count))}, separators=(',', ':')))
for name, (make, step) in SHRINK.items():
    print(json.dumps({'what': 'shrink', 'case': name, 'changes': changes(shrink(make, step))}, separators=(',', ':')))
for name, make in MAKE.items():
    print(json.dumps({'what': 'make', 'case': name, 'changes': changes((n, sys.getsizeof(make(n))) for n in range(200))}, separators=(',', ':')))
