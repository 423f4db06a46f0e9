"""heap_programs.py: random programs of what the heap's commands do, with every word of every block after each command.

Run by record_merged.sh; needs build.sh. `heap_programs.py FIRST LAST` prints the states themselves of these programs instead of
their digests. A program is one function of straight code, so nothing but its statements makes an object.
"""
import sys, os, json, gc, builtins, weakref
from bisect import bisect_right
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from look import word, fields, all_types
import _hooks, _lists, _make
from commands import Random
gc.disable()
MINOR = sys.version_info[1]
THRESHOLDS = (5, 2, 2), (12, 3, 1), (3, 1, 1)
MORE_THRESHOLDS = (1, 1, 1), (4, 0, 0), (6, 1, 0), (3, 0, 2), (0, 1, 1), (9, 2, 1), (2, 2, 2), (700, 10, 10), (8, 3, 0), (5, 1, 2)
# The programs of the recording.
CHOSEN = 0, 1, 2, 3, 5, 7, 11, 12, 1023, 1036, 1044, 1052, 1056, 3003

# name, __slots__, bases
CLASSES = [('C0', None, []), ('C1', None, ['C0']), ('C2', ['r', 'p', 'q'], []), ('C3', None, ['C2']), ('C4', ['a', '__dict__'], []),
           ('C5', ['b', '__weakref__', 'a'], []), ('C6', ['z', 'p'], ['C2']), ('C7', None, ['C0', 'C3']), ('C8', ['s'], ['C0']),
           ('C9', [], []), ('CA', ['__weakref__', '__dict__'], []), ('CB', ['m', 'k'], ['C4'])]
SLOTS = {'C2': 'rpq', 'C3': 'rpq', 'C4': 'a', 'C5': 'ba', 'C6': 'zprq', 'C7': 'rpq', 'C8': 's', 'CB': 'mka'}
WITH_DICT = {'C0', 'C1', 'C3', 'C4', 'C7', 'C8', 'CA', 'CB'}
NAMES = ['n%d' % i for i in range(36)]
# Types with fields of their own, in programs from 1000 on; those take one of many arguments.
FIELDS = ['OSError', 'StopIteration', 'SystemExit', 'ImportError', 'AttributeError', 'NameError', 'UnboundLocalError', 'KeyboardInterrupt', 'RecursionError', 'EOFError']
EXCEPTIONS = ['ValueError', 'KeyError', 'TypeError', 'Exception', 'BaseException', 'IndexError', 'RuntimeError', 'ArithmeticError']
SETUP = len(CLASSES)                 # objects with a number before the program starts: the classes, then a function
FUNCTION = SETUP
FIRST = SETUP + 1
CLASS_SOURCE = ''.join('class %s(%s):%s\n' % (name, ', '.join(bases), ' pass' if slots is None else ' __slots__ = (%s)' % ''.join(repr(s) + ',' for s in slots))
                       for name, slots, bases in CLASSES) + 'def f(): pass\n'


def setup(N):
    """the classes, and a function in the namespace N"""
    ns = {'__name__': '__main__'}
    exec(CLASS_SOURCE, ns)
    made = [ns[name] for name, _, _ in CLASSES] + [type(setup)(ns['f'].__code__, N)]
    ns.clear()                       # the globals of the first f
    return made


def portable(o):
    """whether it has a hash that is the same everywhere"""
    t = type(o)
    if t is tuple:
        return all(map(portable, o))
    if t is frozenset:
        return all(map(portable, o))
    if t is float:
        return o == o
    if t is range:
        return len(o) > 1
    return t in (int, bool, str, bytes)     # comparing a complex with an int makes a float for a moment


TEXTS = ['', 'a', 'ab', 'k', '\xe9', '\xe9t\xe9', '\u20ac', '\u20acuro', '\U0001f600', '\U0001f600 x', 'two words', 'x' * 30, 'y-' * 40, '\xff' * 9, '\u0416' * 20,
         'a b', "it's", '"q"', 'tab\t', '1', '0', '-', '\x7f\x80']
INTS = ['0', '1', '-1', '-2', '255', '256', '257', '1000', '1024', '1025', '-5', '-6', '1073741823', '1073741824', '-1073741824', '2305843009213693951',
        '2305843009213693950', '-2305843009213693951', '9007199254740993', '1152921504606846976', '4611686018427387902', '100000000000000000000000000',
        '340282366920938463463374607431768211456', '8', '16', '24', '32', '40', '64', '128', '987654320', '987654328']
FLOATS = [0.0, -0.0, 1.0, 0.5, -1.0, 1e300, 9007199254740992.0, 2305843009213693952.0, 256.0, 1000.0, 3.25, float('inf'), float('-inf'), float('nan'), 5e-324, -2.0]


def make_unlike(kind, *arguments):
    """`make` that leaves no interned string behind: 3.12 would keep it"""
    return _make.make('str' if kind == 'interned' else kind, *arguments)


class Generator:
    def __init__(self, seed):
        self.random = Random(seed + 77000)
        self.seed, self.style, self.wide = seed, seed % 8, seed >= 1000
        self.ops, self.lines, self.held, self.bound = [], [], list(range(FIRST)), {}
        self.shadow = setup({}) + [None] * 5000
        self.names, self.made, self.fresh, self.refs = {}, FIRST, 0, {}
        self.namespace = {'H': self.shadow, 'N': {}, 'make': make_unlike, 'gc': gc}
        self.tuples = {}

    def pick(self, items):
        return items[self.random(len(items))]

    def any(self):
        return self.pick(self.held)

    def recent(self):
        """one of the last made, mostly"""
        return self.pick(self.held[-8:]) if self.random(3) else self.any()

    def some(self, *kinds):
        found = [i for i in self.held[FIRST:] if type(self.shadow[i]).__name__ in kinds]
        return self.pick(found[-6:] if self.random(2) else found) if found else None

    def keys(self):
        return [i for i in self.held if portable(self.shadow[i])]

    def do(self, op, line):
        try:
            exec(line, self.namespace)
        except Exception as e:
            return False
        self.ops.append(op)
        self.lines.append(line)
        return True

    def create(self, kind, line, *rest):
        """`line` is an expression"""
        n = self.made
        if self.do([kind, n, *rest], 'H[%d] = %s' % (n, line)):
            self.made += 1
            self.held.append(n)
            return n

    def plain(self):
        r = self.random(100)
        if r < 30:
            text = self.pick(INTS) if self.random(4) else str(self.random(1200) - 6)
            return self.create('int', "make('int', %s)" % text, text)
        if r < 42:
            k = self.random(len(FLOATS))
            value = FLOATS[k]
            return self.create('float', "make('float', %s)" % (repr(value) if value - value == 0 else 'F[%d]' % k), repr(value))
        if r < 47:
            a, b = self.pick(FLOATS[:8]), self.pick(FLOATS[:8])
            return self.create('complex', "make('complex', %r, %r)" % (a, b), repr(a), repr(b))
        if r < 80:
            self.fresh += 1
            text = self.pick(TEXTS) if self.random(4) else self.pick(TEXTS) + ' %d' % self.fresh
            if self.random(6) == 0:
                text = 'fresh%d_%d' % (self.seed, self.fresh)
            identifier = text.isascii() and text.replace('_', 'a').isalnum() and not text[:1].isdigit() or text == ''
            if identifier and len(text) > 1 and not text.startswith('fresh'):
                text += '-'
            return self.create('str', "make(%r, %r)" % ('interned' if text.startswith('fresh') else 'str', '!' + text), text)
        if r < 90:
            value = bytes(self.random(256) for _ in range(self.pick([0, 1, 2, 7, 8, 30, 100])))
            return self.create('bytes', "make('bytes', %r)" % value, value.hex())
        if r < 95:
            a, b, c = self.random(2000) - 1000, self.random(2000) - 1000, 1 + self.random(300)
            c = c if b >= a else -c
            return self.create('range', "make('range', %d, %d, %d)" % (a, b, c), a, b, c)
        text = self.pick(['None', 'True', 'False', '...', 'NotImplemented'])
        return self.create('constant', text, text)

    def container(self):
        r, h = self.random(100), lambda i: 'H[%d]' % i
        count = self.pick([0, 0, 1, 1, 2, 3, 4, 5, 6, 9, 13, 20, 26])
        if self.wide and self.random(4) == 0:
            count += self.pick([16, 17, 18, 30, 31, 34, 35, 60])
        items = [self.recent() for _ in range(count)]
        if r < 22:
            return self.create('list', '[%s]' % ', '.join(map(h, items)), items)
        if r < 40:
            n = self.create('tuple', '(%s)' % ''.join(h(i) + ', ' for i in items), items)
            if n is not None:
                self.tuples[n] = items
            return n
        if r < 48:
            keys = self.keys()
            items = [self.pick(keys) for _ in range(count)]
            return self.create('set', '{%s}' % ', '.join(map(h, items)) if items else 'set()', items)
        if r < 52 and ['collect', 2] not in self.ops:    # from 3.14 on that empties the list of iterators
            found = [i for i in self.tuples if i in self.held and portable(self.shadow[i])]
            if found:
                t = self.pick(found)
                return self.create('frozenset', "make('frozenset', H[%d])" % t, self.tuples[t])
        if r < 64:
            keys = self.keys()
            pairs = [(self.pick(keys), self.recent()) for _ in range(count if self.wide else min(count, 14))]
            return self.create('dict', '{%s}' % ', '.join(h(k) + ': ' + h(v) for k, v in pairs), pairs)
        if r < 84:
            c = self.random(len(CLASSES))
            if self.style in (2, 5):
                c = (0, 1, 3, 4, 7, 8)[self.random(6)]
            return self.create('instance', 'H[%d]()' % c, c)
        if r < 87:
            a = self.any() if self.random(4) else None
            return self.create('cell', "make('cell')" if a is None else "make('cell', H[%d])" % a, a)
        if r < 89:
            a = self.any()
            return self.create('method', "make('method', H[%d], H[%d])" % (FUNCTION, a), FUNCTION, a)
        if r < 91:
            self.fresh += 1
            return self.create('module', "make('module', 'mod%d')" % self.fresh, 'mod%d' % self.fresh)
        if r < 94:
            name = self.pick(FIELDS if self.wide and self.random(3) else EXCEPTIONS)
            items = items[:6]
            if name == 'OSError' and len(items) > 1 and type(self.shadow[items[0]]) in (int, bool):
                items = items[:1]                # its number may pick another class
            return self.create('exception', '%s(%s)' % (name, ', '.join(map(h, items))), name, items)
        if r < 97:
            a = self.some('C0', 'C1', 'C3', 'C5', 'C7', 'C8', 'CA', 'set', 'frozenset', 'module')
            if a is not None and a not in self.refs:
                self.refs[a] = n = self.create('weakref', "make('weakref', H[%d])" % a, a)
                return n
        if r < 98:
            a, b, c = self.any(), self.any(), self.any()
            return self.create('slice', "make('slice', H[%d], H[%d], H[%d])" % (a, b, c), a, b, c)
        if r < 99:
            value = bytes(self.random(256) for _ in range(self.pick([0, 1, 2, 7, 8, 30, 100, 600])))
            return self.create('bytearray', "make('bytearray', %r)" % value, value.hex())
        return self.create('object', 'object()')

    def names_of(self, a):
        kind = type(self.shadow[a]).__name__
        slots = list(SLOTS.get(kind, ''))
        if kind not in WITH_DICT and kind != 'module':
            return slots
        width = 36 if self.style in (2, 5) else 6
        return slots * (1 + width // 6) + NAMES[:width] if kind != 'CA' else NAMES[:width]

    def link(self):
        r, b = self.random(100), self.recent()
        if r < 30:
            a = self.some('list')
            if a is None:
                return
            length = len(self.shadow[a])
            for _ in range(self.pick([1, 1, 3, 12, 90] if self.wide else [1, 1, 1, 3, 12])):
                b = self.recent()
                self.do(['append', a, b], 'H[%d].append(H[%d])' % (a, b))
            if length and self.random(3) == 0:
                i = self.random(length)
                self.do(['setitem', a, i, b], 'H[%d][%d] = H[%d]' % (a, i, b))
        elif r < 55:
            a = self.some('dict')
            if a is None:
                return
            for _ in range(self.pick([1, 1, 2, 8])):
                k, b = self.pick(self.keys()), self.recent()
                self.do(['put', a, k, b], 'H[%d][H[%d]] = H[%d]' % (a, k, b))
        elif r < 65:
            a = self.some('set')
            if a is None:
                return
            for _ in range(self.pick([1, 2, 8])):
                k = self.pick(self.keys())
                self.do(['add', a, k], 'H[%d].add(H[%d])' % (a, k))
        elif r < 92:
            a = self.some(*SLOTS, *WITH_DICT, 'module')
            if a is None:
                return
            names = self.names_of(a)
            for _ in range(self.pick([1, 1, 2, 6, 30 if self.style in (2, 5) else 1])):
                name, b = self.pick(names), self.recent()
                self.do(['attr', a, name, b], 'H[%d].%s = H[%d]' % (a, name, b))
        elif r < 95:
            a = self.some('cell')
            if a is not None:
                self.do(['setcell', a, b], 'H[%d].cell_contents = H[%d]' % (a, b))
        else:
            name = 'v%d' % self.random(14)
            self.do(['bind', name, b], 'N[%r] = H[%d]' % (name, b))

    def unlink(self):
        r = self.random(100)
        if r < 25:
            a = self.some('list')
            for _ in range(self.pick([1, 1, 2, 9])):
                if a is not None and self.shadow[a]:
                    length = len(self.shadow[a])
                    i = self.pick([0, length - 1, self.random(length)])
                    self.do(['delitem', a, i], 'del H[%d][%d]' % (a, i))
        elif r < 50:
            a = self.some('dict')
            if a is not None:
                found = [k for k in self.keys() if self.shadow[k] in self.shadow[a]]
                for _ in range(self.pick([1, 1, 5])):
                    if found:
                        k = self.pick(found)
                        self.do(['delkey', a, k], 'del H[%d][H[%d]]' % (a, k))
        elif r < 63:
            a = self.some('set')
            if a is not None:
                found = [k for k in self.keys() if self.shadow[k] in self.shadow[a]]
                for _ in range(self.pick([1, 1, 5])):
                    if found:
                        k = self.pick(found)
                        self.do(['remove', a, k], 'H[%d].remove(H[%d])' % (a, k))
        elif r < 90:
            a = self.some(*SLOTS, *WITH_DICT, 'module')
            if a is not None:
                names = [n for n in self.names_of(a) if hasattr(self.shadow[a], n)]
                for _ in range(self.pick([1, 1, 4])):
                    if names:
                        name = self.pick(names)
                        self.do(['delattr', a, name], 'del H[%d].%s' % (a, name))
        elif r < 94:
            a = self.some('cell')
            if a is not None and self.shadow[a] != type(self.shadow[a])():
                self.do(['delcell', a], 'del H[%d].cell_contents' % a)
        else:
            name = 'v%d' % self.random(14)
            self.do(['unbind', name], 'del N[%r]' % name)

    def drop(self):
        if len(self.held) > FIRST:
            a = self.pick(self.held[FIRST:])
            self.held.remove(a)
            self.do(['drop', a], 'H[%d] = None' % a)

    def many(self):
        """a container grows far and shrinks again"""
        a = self.some('dict', 'set', 'list')
        if a is None:
            return
        kind, k = type(self.shadow[a]).__name__, self.any()
        first, n = self.random(3) * 1000, self.pick([8, 25, 60, 140])
        numbers = [first + i * self.pick([1, 1, 3, 8, 16]) for i in range(n)]
        for i in numbers:
            key = self.create('int', "make('int', %d)" % i, str(i)) if kind != 'list' else None
            if kind == 'dict':
                self.do(['put', a, key, k], 'H[%d][H[%d]] = H[%d]' % (a, key, k))
            elif kind == 'set':
                self.do(['add', a, key], 'H[%d].add(H[%d])' % (a, key))
            else:
                self.do(['append', a, k], 'H[%d].append(H[%d])' % (a, k))
            if key is not None and self.random(3):
                self.held.remove(key)
                self.do(['drop', key], 'H[%d] = None' % key)
        for _ in range(self.random(n)):
            if kind == 'list':
                i = self.pick([0, len(self.shadow[a]) - 1])
                self.do(['delitem', a, i], 'del H[%d][%d]' % (a, i))
            else:
                self.unlink()

    def collector(self):
        """other thresholds, on and off, freezing"""
        r = self.random(8)
        if r < 4:
            k = self.random(len(MORE_THRESHOLDS))
            self.do(['threshold', MORE_THRESHOLDS[k]], 'set_threshold(*T[%d])' % k)
        elif r < 5:
            self.do(['disable'], 'disable()')
        elif r < 7:
            self.do(['enable'], 'enable()')
        else:
            self.do(['freeze'], 'freeze()')

    def drop_classes(self):
        classes = list(range(FIRST))
        while classes:
            a = classes.pop(self.random(len(classes)))
            self.do(['drop', a], 'watch(); H[%d] = None' % a)
            if self.random(4) == 0:
                g = self.random(3)
                self.do(['collect', g], 'collect(%d)' % g)

    def program(self):
        length = (40, 80, 120, 60)[self.style % 4]
        for step in range(length):
            r = self.random(100)
            heavy = self.style // 4
            if self.wide and step % 20 == 10:
                self.many()
            if self.seed >= 3000 and self.seed % 4 == 3 and self.random(9) == 0:
                self.collector()
            if len(self.held) < FIRST + 8 or r < 16:
                self.plain()
            elif r < 38:
                self.container()
            elif r < 66:
                self.link()
            elif r < 79 + 3 * heavy:
                self.unlink()
            elif r < 94:
                self.drop()
                if heavy:
                    self.drop()
            else:
                g = self.pick([0, 0, 1, 2])
                self.do(['collect', g], 'collect(%d)' % g)
        for a in self.held[FIRST:]:
            self.do(['drop', a], 'H[%d] = None' % a)
        if self.wide:
            self.drop_classes()
        for name in list(self.namespace['N']):
            self.do(['unbind', name], 'del N[%r]' % name)
        self.do(['collect', 2], 'collect(2)')
        return self.ops, self.lines, self.made


def program(seed):
    g = Generator(seed)
    nothing = lambda *_: None
    g.namespace.update(collect=nothing, watch=nothing, F=FLOATS, set_threshold=nothing, enable=nothing, disable=nothing, freeze=nothing, T=MORE_THRESHOLDS)
    made = g.program()
    del g.shadow[:]
    g.namespace.clear()
    return made


def mapped():
    out = []
    for line in open('/proc/self/maps'):
        a, b = line.split()[0].split('-')
        out.append((int(a, 16), int(b, 16)))
    return out


KEYS_AT = next(o for o, n in fields('PyHeapTypeObject').items() if n.split('.')[-1] == 'ht_cached_keys')


def cached_keys(t):
    at = word(id(t) + KEYS_AT)
    return at if t.__name__ in WITH_DICT and at else None


def known_names():
    known = {}
    for t in all_types().values():
        if t.__module__ == 'builtins':
            known[id(t)] = 'type:' + t.__name__
    known[id(weakref.ref)] = 'type:weakref.ReferenceType'
    for n in (None, True, False, ..., NotImplemented, (), b''):
        known[id(n)] = repr(n)
    for n in range(-5, 257 if MINOR < 15 else 1025):
        known[id(n)] = 'int:%d' % n
    for n in range(256):
        known[id(chr(n))] = 'chr:%d' % n
        known[id(bytes([n]))] = 'byte:%d' % n
    known[id('')] = "''"
    known[word(id({}) + 32)] = 'empty_keys'
    return known


def number_in(text):
    return int.from_bytes(bytes.fromhex(text[1:].replace('..', 'ee')), 'little') if text[0] == '=' else int(text, 16)


def canonical(shot, known, ranges):
    """number -> text of every block"""
    spans = sorted((at, at + len(data), number) for number, at, data in shot)
    starts = [s[0] for s in spans]

    def name(w):
        if w < 1 << 20:
            return '%x' % w
        if w in known:
            return known[w]
        i = bisect_right(starts, w) - 1
        if i >= 0 and w < spans[i][1]:
            return '@%d+%d' % (spans[i][2], w - spans[i][0])
        for a, b in ranges:
            if a <= w < b:
                return 'ext+%d' % (w & 3)
        return '%x' % w
    out = {}
    for number, at, data in shot:
        parts = []
        for i in range(0, len(data), 8):
            chunk = data[i:i + 8]
            if number < 0 and i == 8:    # the fourth byte of a table's second word is padding
                chunk = chunk[:3] + b'\xee' + chunk[4:]
            text = name(int.from_bytes(chunk, 'little'))
            if chunk == b'\xee' * len(chunk):
                text = '..'
            elif len(chunk) < 8 or 0xee in chunk and text == '%x' % int.from_bytes(chunk, 'little'):
                text = '=' + ''.join('..' if c == 0xee else '%02x' % c for c in chunk)
            parts.append(text)
        out[number] = parts
    for parts in list(out.values()):     # what CPython leaves as it was
        if parts[3:4] == ['type:dict']:
            parts[5:] = ['..'] * 3 if parts[2] == '0' else ['..'] + parts[6:]     # the version tag
        if parts[2:4] == ['0', 'type:tuple']:       # this and the next wait on a free list
            parts[5:] = ['..'] * len(parts[5:])
        if parts[0] == '0' and parts[1:] and parts[1][:5] == '=0303':
            parts[1:] = ['..'] * len(parts[1:])
        for at, what, width in ((3, 'type:list', 8), (1, 'type:bytearray', 1)):
            if parts[at:at + 1] == [what] and parts[at - 1] == '0' and width == 8 and MINOR < 14:
                parts[5] = '..'          # a list that waits
            elif parts[at:at + 1] == [what] and parts[at + 1] != '..':
                used, block = number_in(parts[at + 1]), parts[at + 2 if width == 8 else at + 3]
                if block[:1] == '@' and block.endswith('+0'):
                    items = out[int(block[1:-2])]
                    for i in range(used if width == 8 else used // 8 + 1, len(items)):
                        items[i] = '..'
    return {number: ' '.join(parts) for number, parts in out.items()}


def fnv(text):
    h = 0xcbf29ce484222325
    for c in text.encode():
        h = (h ^ c) * 0x100000001b3 & 2 ** 64 - 1
    return h


def mask_of(text):
    """what of a block is not compared: `word.bytes` with a bit for each byte, `word-` from there on"""
    masks = [255 if p == '..' else sum(1 << i // 2 for i in range(0, len(p) - 1, 2) if p[i + 1] == '.') if p[0] == '=' else 0
             for p in text.split(' ')]
    end = len(masks)
    while end and masks[end - 1] == 255:
        end -= 1
    tail = ['%d-' % end] if end < len(masks) else []
    return ','.join(['%d.%x' % (i, m) for i, m in enumerate(masks[:end]) if m] + tail)


def prepare(made):
    """what a program runs with: the handles, the namespace, and the names of what has no block of the program's own"""
    N = {}
    H = setup(N) + [None] * (made - FIRST)
    _lists.untrack(H)
    known = known_names()
    for i in range(FIRST):
        known[id(H[i])] = 's%d' % i
    known[id(N)] = 'N'
    names = [sys.intern(n) for n in NAMES + list('rpqazbsmk') + ['v%d' % i for i in range(14)] + ['mod%d' % i for i in range(60)]]
    for n in names:
        known.setdefault(id(n), 'name:' + n)
    known['names'] = names
    _hooks.watch()
    for i in range(SETUP):
        _hooks.watch(id(H[i]), 8)
    for i in range(SETUP):
        if cached_keys(H[i]):
            _hooks.watch(cached_keys(H[i]), 32 + 64 + 30 * 16)
    _hooks.watch(id(H[FUNCTION]), 8)
    _hooks.watch(id(N) + 16, 8)
    _lists.forget()
    return H, N, known


def commands_of(log, ops):
    """each command's calls of the allocator, and the numbers of the blocks that are not the program's: `h`"""
    calls, per, live, serial, hidden = [], [], {}, 0, set()
    for k, (o, domain, size, old, new, head) in enumerate(log):
        op = ops[len(calls)][0] if len(calls) < len(ops) else ''
        if o == '|':
            calls.append(' '.join(per))
            per = []
        elif o in 'mc':
            live[new] = serial
            # the iterator over the tuple that a frozenset is made of; what callbacks of a collection are told (3.12 on)
            told = MINOR >= 12 and size in (45, 46) and log[k + 1][0] == 'f' and log[k + 1][3] == new
            if op == 'frozenset' and size == 48 and len(per) == 1 or told:
                hidden.add(serial)
                per.append('h')
            else:
                per.append('%s%d' % (domain, size))
            serial += 1
        elif o == 'r' and not old:
            live[new] = serial
            per.append('%s%d' % (domain, size))
            serial += 1
        elif o == 'r' and old in live:
            live[new] = live.pop(old)
            per.append('r%d:%d%s' % (live[new], size, '' if old == new else '!'))
        elif o == 'f' and old in live:
            n = live.pop(old)
            if n not in hidden:
                per.append('f%d' % n)
    return calls, hidden


def collectors(numbers, shots):
    """counts, long_lived_*, statistics and lengths of the two younger lists, by how they changed since the start"""
    it, rows = iter(numbers), []
    for _ in range(shots):
        row = [next(it) for _ in range(5 + 9)]
        for _ in range(4):
            assert next(it) == 0                # registered objects
            row.append(next(it))
        assert next(it) == 0
        rows.append(row[:16])                   # the older lists have the interpreter's objects too
    return [[b - a for a, b in zip(rows[0], row)] for row in rows]


def record(seed, full):
    ops, lines, made = program(seed)
    ops.insert(0, ['start'])
    automatic = THRESHOLDS[seed // 4 % 3] if seed % 4 == 3 else None
    H, N, known = prepare(made)
    # 3.12 on: a requested collection runs when the next call returns.
    step = ' %s\n' + (' spare.clear()\n' if automatic else '') + ' snapshot()\n look(H)\n'
    source = 'def run(H, N, F, make, look, snapshot, start, pause, collect, watch, spare, T, set_threshold, enable, disable, freeze):\n make("frozenset", (1,))\n spare.clear()\n'
    ns = {'__builtins__': builtins}
    exec(source + ''.join(step % line for line in ['start(0xee)'] + lines) + ' pause()\n', ns)
    run = ns['run']
    arguments = H, N, FLOATS, _make.make, _lists.look, _hooks.snapshot, _hooks.start, _hooks.pause, gc.collect, _hooks.watch, [set()], MORE_THRESHOLDS, gc.set_threshold, gc.enable, gc.disable, gc.freeze
    _lists.untrack(arguments[10][0])     # the iterator that stays from 3.14 on is counted; this set, which then goes, is so no longer
    if automatic:
        gc.freeze()
    gc.collect()
    gc.collect()
    if automatic:
        gc.set_threshold(*automatic)
        gc.enable()
    run(*arguments)
    gc.disable()
    gc.unfreeze()
    shots = _hooks.snapshots()
    calls, hidden = commands_of(_hooks.stop(), ops)
    rows = collectors(_lists.take(), len(shots))
    ranges = mapped()
    for i, (number, at, data) in enumerate(shots[0]):
        known.setdefault(at, 'w%d' % i)
    assert len(calls) == len(shots) == len(ops)
    steps, before, masks, lost = [], {}, {}, False
    for op, text, row, shot in zip(ops, calls, rows, shots):
        lost |= op[0] == 'drop' and op[1] < FIRST
        row[3] *= not lost               # what start-up left is untracked in more than one place then
        state = {n: t for n, t in canonical(shot, known, ranges).items() if n not in hidden}
        changed = {n: t for n, t in state.items() if before.get(n) != t}
        before = state
        if full:
            steps.append([text, row, changed])
            continue
        newly = {n: mask_of(t) for n, t in changed.items()}
        newly = {n: m for n, m in newly.items() if m != masks.get(n, '')}
        masks.update(newly)
        whole = ' '.join(map(str, row)) + ''.join('\n%d %s' % item for item in sorted(state.items()))
        steps.append(['%08x' % (fnv(whole) & 0xffffffff), text, ' '.join('%d:%s' % item for item in sorted(newly.items()))])
    print(json.dumps({'id': seed, 'thresholds': automatic, 'program': ops}, separators=(',', ':')))
    print(json.dumps({'id': seed, 'steps': steps}, separators=(',', ':')))


if __name__ == '__main__':
    chosen = [int(a) for a in sys.argv[1:4]]
    for seed in range(*chosen) if chosen else CHOSEN:
        record(seed, bool(chosen))
