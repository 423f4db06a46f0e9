"""containers.py: random programs on dict, set, list and bytearray, and the exact table or array after each operation.

Run by record_merged.sh, which stores what several releases did alike once. Prints one JSON object per program.
"""
import sys, posix, json
from commands import Random
mem = posix.open('/proc/self/mem', posix.O_RDONLY)
VERSION = '%d.%d.%d' % sys.version_info[:3]


def words(addr, count):
    data = posix.pread(mem, 8 * count, addr)
    return [int.from_bytes(data[i:i + 8], 'little') for i in range(0, 8 * count, 8)]


def signed(v):
    return v - (1 << 64) if v >> 63 else v


EMPTY_KEYS = words(id({}) + 32, 1)[0]


def name(v):
    return json.dumps(v)


def dict_state(d):
    used, _, keys, values = words(id(d) + 16, 4)
    assert values == 0
    head = posix.pread(mem, 32, keys)
    log2_size, log2_bytes, kind = head[8:11]
    usable, nentries = words(keys + 16, 2)
    size, capacity = 1 << log2_size, usable + nentries
    raw = posix.pread(mem, 1 << log2_bytes, keys + 32)
    step = (1 << log2_bytes) >> log2_size
    indices = [int.from_bytes(raw[i:i + step], 'little', signed=True) for i in range(0, step * size, step)] if keys != EMPTY_KEYS else []
    known = {id(k): k for k in d}
    width = 2 if kind else 3
    # from 3.12 on there are exactly USABLE_FRACTION entries; words past nentries are compared too, they should be 0
    table = words(keys + 32 + (1 << log2_bytes), width * capacity)
    entries = []
    for i in range(capacity):
        e = table[width * i:width * (i + 1)]
        if i >= nentries:
            entries.append('0' if not any(e) else '?' + ':'.join(str(signed(v)) for v in e))
        elif not e[-1]:
            entries.append('_' if not any(e) else '_' + ':'.join(str(signed(v)) for v in e))
        else:
            k = known[e[-2]]
            if width == 3:
                assert signed(e[0]) == hash(k)
            entries.append(name(k) + '=' + name(d[k]))
    while entries and entries[-1] == '0':
        entries.pop()
    assert int.from_bytes(head[:8], 'little') == 1 or keys == EMPTY_KEYS
    return '%s %d %d %d %d %d %d [%s] {%s}' % ('E' if keys == EMPTY_KEYS else 'K', used, log2_size, log2_bytes, kind, usable, nentries,
                                               ','.join(map(str, indices)), ','.join(entries))


def set_state(s):
    fill, used, mask, table, hashed, finger = words(id(s) + 16, 6)
    assert (table == id(s) + 64) == (mask == 7) and signed(hashed) == -1
    known = {id(k): k for k in s}
    data = words(table, 2 * (mask + 1))
    slots = []
    for i in range(mask + 1):
        key, h = data[2 * i], signed(data[2 * i + 1])
        if key == 0:
            slots.append('' if h == 0 else '?%d' % h)
        elif key not in known:
            slots.append('x' if h == -1 else 'x%d' % h)
        else:
            assert h == hash(known[key])
            slots.append(name(known[key]))
    return '%d %d %d %d [%s]' % (fill, used, mask, finger, ','.join(slots))


def list_state(l):
    size, items, allocated = words(id(l) + 16, 3)
    assert size == len(l) and (items != 0 or not allocated)
    return '%d %d %s [%s]' % (size, allocated, 'A' if items else 'N', ','.join(map(name, l)))


def bytearray_state(b):
    size, alloc, block, start = words(id(b) + 16, 4)
    return '%d %d %d %d [%s]' % (size, alloc, start - block, sys.getsizeof(b), b.hex() if len(b) < 80 else len(b))


def keys_for(style, n):
    """the pool of keys a program draws from"""
    if style == 'int':
        return list(range(n))
    if style == 'str':
        return ['k%d' % i for i in range(n)]
    if style == 'collide':       # equal low bits, negative ones, hash -2 twice, hashes modulo 2**61-1
        return [i * 8 for i in range(n // 3)] + [i << 20 for i in range(1, n // 3)] + [-i for i in range(n // 3)] + [2**61 - 1, 2**61, 2**64 + 3]
    return [(i * 5 if r % 3 == 0 else 's%d' % i if r % 3 == 1 else i - 3 << 30) for i, r in enumerate(range(n))]


def pick(random, seq):
    return seq[random(len(seq))]


def dict_program(random, pool, length, weights):
    d = {}
    for step in range(length):
        kind = pick(random, weights)
        k, v = pick(random, pool), random(100)
        present = list(d)
        if kind in ('del', 'pop', 'popitem') and not present:
            kind = 'set'
        if kind == 'set':
            op = [kind, k, v]; d[k] = v
        elif kind == 'setdefault':
            op = [kind, k, v]; d.setdefault(k, v)
        elif kind == 'del':
            k = pick(random, present); op = [kind, k]; del d[k]
        elif kind == 'pop':
            k = pick(random, present); op = [kind, k]; d.pop(k)
        elif kind == 'popitem':
            op = [kind]; d.popitem()
        elif kind == 'clear':
            op = [kind]; d.clear()
        elif kind == 'copy':
            op = [kind]; d = d.copy()
        elif kind == 'dict':
            op = [kind]; d = dict(d)
        elif kind == 'fromkeys':
            some = [pick(random, pool) for _ in range(random(12))]
            op = [kind, some, v]; d = dict.fromkeys(some, v)
        else:                     # update from a dict made by inserting these pairs, or from a list of pairs
            pairs = [[pick(random, pool), random(100)] for _ in range(random(9))]
            op = [kind, pairs]
            if kind == 'update':
                other = {}
                for a, b in pairs:
                    other[a] = b
                d.update(other)
            else:
                d.update(pairs)
        yield op, dict_state(d)


def set_program(random, pool, length, weights):
    s = set()
    for step in range(length):
        kind = pick(random, weights)
        k = pick(random, pool)
        if kind in ('pop', 'remove') and not s:
            kind = 'add'
        if kind == 'add':
            op = [kind, k]; s.add(k)
        elif kind == 'discard':
            op = [kind, k]; s.discard(k)
        elif kind == 'remove':
            k = pick(random, list(s)); op = [kind, k]; s.remove(k)
        elif kind == 'pop':
            op = [kind, s.pop()]
        elif kind == 'clear':
            op = [kind]; s.clear()
        elif kind == 'copy':
            op = [kind]; s = s.copy()
        else:
            some = [pick(random, pool) for _ in range(random(9))]
            op = [kind, some]
            if kind == 'update':                       # from a list
                s.update(some)
            else:                                      # from a set made by adding these one by one
                other = set()
                for a in some:
                    other.add(a)
                if kind == 'update_set':
                    s.update(other)
                elif kind == 'union':
                    s = s | other
                elif kind == 'difference_update':
                    s.difference_update(other)
                elif kind == 'intersection':
                    s = s & other
                elif kind == 'symmetric_difference_update':
                    s.symmetric_difference_update(other)
                else:
                    s = set(other)
        yield op, set_state(s)


def list_program(random, pool, length, weights):
    l = []
    for step in range(length):
        kind = pick(random, weights)
        k = pick(random, pool)
        if kind in ('pop', 'pop_at', 'del', 'remove') and not l:
            kind = 'append'
        if kind == 'sort' and len({type(x) for x in l}) > 1:
            kind = 'reverse'
        if kind == 'append':
            op = [kind, k]; l.append(k)
        elif kind == 'insert':
            i = random(len(l) + 1); op = [kind, i, k]; l.insert(i, k)
        elif kind == 'pop':
            op = [kind]; l.pop()
        elif kind == 'pop_at':
            i = random(len(l)); op = [kind, i]; l.pop(i)
        elif kind == 'del':
            i = random(len(l)); op = [kind, i]; del l[i]
        elif kind == 'remove':
            k = pick(random, l); op = [kind, k]; l.remove(k)
        elif kind == 'del_slice':
            a = random(len(l) + 1); b = a + random(len(l) - a + 1); op = [kind, a, b]; del l[a:b]
        elif kind == 'del_step':
            a, c = random(3), 2 + random(2); op = [kind, a, len(l), c]; del l[a:len(l):c]
        elif kind == 'set_slice':
            a = random(len(l) + 1); b = a + random(len(l) - a + 1)
            some = [pick(random, pool) for _ in range(random(7))]; op = [kind, a, b, some]; l[a:b] = some
        elif kind == 'extend':
            some = [pick(random, pool) for _ in range(random(12))]; op = [kind, some]; l.extend(some)
        elif kind == 'extend_range':         # an iterator with a length hint
            n = random(14); op = [kind, n]; l.extend(range(n))
        elif kind == 'extend_generator':     # an iterator without one
            n = random(14); op = [kind, n]; l.extend(i for i in range(n))
        elif kind == 'repeat':
            n = random(3) if len(l) < 30 else random(2); op = [kind, n]; l *= n
        elif kind == 'add':
            some = [pick(random, pool) for _ in range(random(7))]; op = [kind, some]; l = l + some
        elif kind == 'slice':
            a = random(len(l) + 1); b = a + random(len(l) - a + 1); op = [kind, a, b]; l = l[a:b]
        elif kind == 'clear':
            op = [kind]; l.clear()
        elif kind == 'sort':
            op = [kind]; l.sort()
        elif kind == 'reverse':
            op = [kind]; l.reverse()
        elif kind == 'copy':
            op = [kind]; l = l.copy()
        elif kind == 'list':
            op = [kind]; l = list(l)
        else:
            n = random(20); op = [kind, n]
            l = list(range(n)) if kind == 'list_range' else [i for i in range(n)] if kind == 'comprehension' else list(i for i in range(n))
        yield op, list_state(l)


def bytearray_program(random, pool, length, weights):
    b = bytearray()
    for step in range(length):
        kind = pick(random, weights)
        v = random(256)
        if kind in ('pop', 'del_front') and not b:
            kind = 'append'
        if kind == 'append':
            op = [kind, v]; b.append(v)
        elif kind == 'pop':
            op = [kind]; b.pop()
        elif kind == 'del_front':
            n = random(len(b) + 1); op = [kind, n]; del b[:n]
        elif kind == 'extend':
            n = random(40); op = [kind, n]; b.extend(bytes(n))
        elif kind == 'iadd':
            n = random(40); op = [kind, n]; b += bytes(n)
        elif kind == 'clear':
            op = [kind]; b.clear()
        else:
            n = random(50); op = [kind, n]; b = bytearray(n)
        yield op, bytearray_state(b)


def digest(text):
    h = 0xcbf29ce484222325
    for c in text.encode():
        h = (h ^ c) * 0x100000001b3 & 2**64 - 1
    return '%016x' % h


GROW, MIX, SHRINK = 'grow', 'mix', 'shrink'
WEIGHTS = {
    'dict': {GROW: 'set set set set set setdefault update'.split(),
             MIX: ('set set set set setdefault del del pop popitem update update_list copy dict ' * 4 + 'clear fromkeys').split(),
             SHRINK: 'set del del pop popitem popitem'.split()},
    'set': {GROW: 'add add add add update update_set'.split(),
            MIX: ('add add add add discard remove pop update update_set copy union difference_update ' * 3
                  + 'clear intersection symmetric_difference_update set').split(),
            SHRINK: 'add discard remove remove pop pop'.split()},
    'list': {GROW: 'append append append append insert extend'.split(),
             MIX: ('append append append insert extend pop pop_at del remove del_slice set_slice extend_range extend_generator ' * 2
                   + 'clear sort reverse copy list add repeat slice del_step list_range comprehension list_generator').split(),
             SHRINK: 'append pop pop pop_at del remove del_slice'.split()},
    'bytearray': {GROW: ['append'], MIX: 'append append append pop extend iadd del_front new'.split() * 3 + ['clear'],
                  SHRINK: 'append pop pop del_front'.split()}}
PROGRAMS = {'dict': dict_program, 'set': set_program, 'list': list_program, 'bytearray': bytearray_program}
FULL = 70         # a state whose text is at most this long is stored as it is, a longer one as its digest ...
EVERY = 12        # ... but each twelfth one, and the last, is stored as it is


def record(kind, number, style, pool, plan):
    random = Random(number * 4 + len(kind))
    steps = []
    texts = list(PROGRAMS[kind](random, pool, sum(n for _, n in plan), Phases(kind, plan)))
    for i, (op, state) in enumerate(texts):
        steps.append([op, state if len(state) <= FULL or i % EVERY == EVERY - 1 or i == len(texts) - 1 else '#' + digest(state)])
    print(json.dumps({'kind': kind, 'id': '%s-%d' % (kind, number), 'keys': style, 'steps': steps}, separators=(',', ':')))


class Phases:
    """a weight list that changes with the number of draws, so that a program can grow, then shrink"""

    def __init__(self, kind, plan):
        self.plan = [w for w, n in plan for _ in range(n)]
        self.kind, self.drawn = kind, 0

    def __len__(self):
        return len(WEIGHTS[self.kind][self.plan[min(self.drawn, len(self.plan) - 1)]])

    def __getitem__(self, i):
        w = WEIGHTS[self.kind][self.plan[min(self.drawn, len(self.plan) - 1)]]
        self.drawn += 1
        return w[i]


for number in range(70):
    style = ('int', 'str', 'mixed', 'collide')[number % 4]
    for kind in PROGRAMS:
        if kind == 'bytearray' and number % 4:
            continue
        if number % 10 == 9:
            plan, pool = ((GROW, 90), (SHRINK, 110), (MIX, 30)), keys_for(style, 300)
        elif number % 10 == 4:
            plan, pool = ((GROW, 12), (SHRINK, 15), (GROW, 12)), keys_for(style, 40)
        else:
            plan, pool = ((MIX, 36),), keys_for(style, (12, 24, 48)[number % 3])
        record(kind, number, style, pool, plan)


def big(kind, style, make, state, add, drop):
    """tables of two- and four-byte indices: keys 0..n-1 or k0..k(n-1), added and removed in bulk"""
    c, steps = make(), []
    name_of = (lambda i: 'k%d' % i) if style == 'str' else (lambda i: i)
    for op, first, last in (('fill', 0, 84), ('fill', 84, 86), ('fill', 86, 171), ('drop', 0, 150), ('fill', 171, 400), ('drop', 200, 390), ('fill', 1000, 1100), ('fill', 2000, 24000),
                            ('drop', 2000, 23900), ('fill', 50000, 95000), ('drop', 60000, 95000), ('fill', 100000, 100010), ('fill', 100010, 130000)):
        for i in range(first, last):
            (add if op == 'fill' else drop)(c, name_of(i))
        text = state(c)
        steps.append([[op, first, last], '#' + digest(text), text.split(' [')[0]])
    print(json.dumps({'kind': kind, 'id': '%s-big-%s' % (kind, style), 'keys': style, 'steps': steps}, separators=(',', ':')))


for style in ('int', 'str'):
    big('dict', style, dict, dict_state, lambda c, k: c.__setitem__(k, 0), lambda c, k: c.__delitem__(k))
    big('set', style, set, set_state, lambda c, k: c.add(k), lambda c, k: c.remove(k))
