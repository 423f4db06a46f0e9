"""refusals.py: random programs in which much is refused: any object anywhere, equal and unhashable keys of each kind, class
statements with any bases and slots. Run by record_merged.sh. `refusals.py FIRST LAST` prints these programs instead.

An operation that Python refuses leaves its number as it was (None at first). What a program does is the same on every release.
"""
import sys, os, json, gc, types, weakref, ctypes
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from commands import Random
CHOSEN = -1, 2, 26, 114, 254
INTS = ['0', '1', '-1', '2', '3', '256', '1000', '1025', '9007199254740993', '9007199254740992', '2305843009213693951', '-2',
        '100000000000000000000000000', '340282366920938463463374607431768211456']
FLOATS = ['0.0', '-0.0', '1.0', '2.0', '0.5', '1000.0', '9007199254740992.0', '1e300', 'inf', '-inf', 'nan', '-2.0', '3.0', '2305843009213693952.0']
TEXTS = ['', 'a', 'ab', '\xe9', '\u20ac', 'two words', '1', 'k1', 'k2']
ATTRIBUTES = ['p', 'q', 'r', 'a', 'b', '__class__', '__dict__', '__weakref__', '__doc__', '__module__', '__slots__', '_C__x', '__x', '__init__', '__name__', '__len__']
SLOTS = ['a', 'b', 'p', 'q', 'r', '__x', '__dict__', '__weakref__', 'a', '_C__x']
CONSTANTS = ['None', 'True', 'False', '...', 'NotImplemented']
EXCEPTIONS = ['ValueError', 'KeyError', 'OSError', 'StopIteration', 'SystemExit', 'ImportError', 'AttributeError', 'NameError', 'SyntaxError',
              'UnboundLocalError', 'BaseException', 'MemoryError', 'RecursionError', 'KeyboardInterrupt']
CONTAINERS = ['list', 'dict', 'set', 'frozenset', 'tuple', 'instance', 'cell', 'module']


class Generator:
    def __init__(self, seed):
        self.random, self.ops, self.kinds, self.made = Random(seed + 99000), [], [], 0

    def pick(self, items):
        return items[self.random(len(items))]

    def any(self):
        return self.pick(range(max(0, self.made - 40), self.made)) if self.made else 0

    def of(self, *kinds):
        """most of the time one of a kind"""
        found = [i for i in range(self.made) if self.kinds[i] in kinds]
        return self.pick(found[-9:]) if found and self.random(8) else self.any()

    def create(self, kind, *rest):
        self.ops.append([kind, self.made, *rest])
        self.kinds.append(kind)
        self.made += 1

    def some(self):
        return [self.any() for _ in range(self.pick([0, 0, 1, 1, 2, 2, 3, 5, 8]))]

    def plain(self):
        r = self.random(12)
        if r < 3:
            self.create('int', self.pick(INTS))
        elif r < 6:
            self.create('float', self.pick(FLOATS))
        elif r < 7:
            self.create('complex', self.pick(FLOATS), self.pick(FLOATS[:3]))
        elif r < 8:
            self.create('str', self.pick(TEXTS))
        elif r < 9:
            self.create('bytes', self.pick(['', '61', '6162', 'ff']))
        elif r < 10:
            self.create('range', *(self.random(7) - 3 for _ in range(3)))
        elif r < 11:
            self.create('bytearray', self.pick(['', '61', '6162']))
        else:
            self.create('constant', self.pick(CONSTANTS))

    def container(self):
        r = self.random(30)
        if r < 3:
            self.create('list', self.some())
        elif r < 7:
            self.create('tuple', self.some())
        elif r < 9:
            self.create('set', self.some())
        elif r < 12:
            self.create('frozenset', self.some())
        elif r < 14:
            self.create('dict', [[self.any(), self.any()] for _ in range(self.random(4))])
        elif r < 17:
            self.create('instance', self.of('class'))
        elif r < 20:
            slots = None if self.random(3) == 0 else [self.pick(SLOTS[:8] if self.random(3) else SLOTS) for _ in range(self.random(4))]
            bases = [self.of('class') for _ in range(self.pick([0, 0, 1, 1, 2, 2, 3]))]
            self.ops.append(['collect', 2])      # then a class statement that fails leaves nothing but its own garbage
            self.create('class', self.pick(['C', '_C', '__', 'D']), slots, bases)
        elif r < 22:
            self.create('cell', self.any() if self.random(3) else None)
        elif r < 23:
            self.create('function', 'f', self.some(), [self.of('cell') for _ in range(self.random(3))])
        elif r < 25:
            self.create('method', self.of('function'), self.any())
        elif r < 26:
            self.create('module', 'mod')
        elif r < 27:
            self.create('exception', self.pick(EXCEPTIONS), self.some()[:6])
        elif r < 29:
            self.create('weakref', self.of('instance', 'class', 'function', 'set', 'method', 'module'))
        else:
            self.create('slice', self.any(), self.any(), self.any())

    def change(self):
        r, b = self.random(24), self.any()
        if r < 3:
            self.ops.append(['append', self.of('list'), b])
        elif r < 4:
            self.ops.append(['setitem', self.of('list', 'tuple'), self.random(4), b])
        elif r < 5:
            self.ops.append(['delitem', self.of('list', 'tuple'), self.random(3)])
        elif r < 6:
            self.ops.append(['pop', self.of('list')])
        elif r < 10:
            self.ops.append(['put', self.of('dict'), b, self.any()])
        elif r < 12:
            self.ops.append(['delkey', self.of('dict'), b])
        elif r < 15:
            self.ops.append(['add', self.of('set', 'frozenset'), b])
        elif r < 17:
            self.ops.append(['remove', self.of('set', 'frozenset'), self.of('set', 'frozenset') if self.random(3) == 0 else b])
        elif r < 20:
            self.ops.append(['attr', self.of('instance', 'instance', 'module'), self.pick(ATTRIBUTES), b])
        elif r < 22:
            self.ops.append(['delattr', self.of('instance', 'instance', 'module'), self.pick(ATTRIBUTES)])
        elif r < 23:
            self.ops.append(['setcell', self.of('cell'), b])
        else:
            self.ops.append(['delcell', self.of('cell')])

    def program(self):
        for _ in range(260):
            r = self.random(100)
            if self.made < 6 or r < 12:
                self.plain()
            elif r < 45:
                self.container()
            elif r < 90:
                self.change()
            elif r < 97:
                self.ops.append(['drop', self.any()])
            else:
                self.ops.append(['collect', 2])
        return self.ops


# The program -1: what the others seldom come to. Equal methods and weak references, sets looked for as frozensets, what only a second
# base gives to instances, cells as keys.
SELDOM = [['class', 0, 'C', None, []], ['instance', 1, 0], ['function', 2, 'f', [], []], ['method', 3, 2, 1], ['method', 4, 2, 1], ['method', 5, 2, 0], ['set', 6, [3, 4, 5]],
          ['frozenset', 7, [3]], ['frozenset', 8, [4]], ['weakref', 9, 7], ['weakref', 10, 8], ['weakref', 11, 1], ['set', 12, [9, 10, 11]], ['set', 13, [8]], ['set', 14, [12, 7]],
          ['set', 14, [7, 4]], ['set', 15, [4]], ['remove', 14, 15], ['remove', 14, 15], ['add', 14, 15], ['drop', 1], ['drop', 8], ['drop', 3], ['drop', 4], ['drop', 5], ['drop', 6],
          ['drop', 13], ['add', 12, 11], ['drop', 7], ['add', 6, 9], ['dict', 16, [[10, 9], [9, 9]]],
          ['class', 17, 'D', ['a', '__dict__'], []], ['class', 18, 'C', ['q'], [17, 0]], ['instance', 19, 18], ['weakref', 20, 19],
          ['class', 21, 'D', ['a', 'a', '__weakref__'], []], ['class', 22, 'C', ['a'], [21, 0]], ['instance', 23, 22], ['attr', 23, 'p', 19], ['attr', 23, 'a', 19],
          ['cell', 24, 0], ['put', 16, 24, 0], ['delkey', 16, 24], ['set', 25, [24]], ['exception', 26, 'OSError', [12, 12, 99, 12, 12]]]


class NotOffered(Exception):
    """what the heap's commands do not offer at all"""


def function(name, defaults, closure):
    ns = {}
    free = ['c%d' % i for i in range(len(closure))]
    source = 'def outer():\n %s\n def f(): return (%s)\n return f.__code__\n' % ('; '.join(n + ' = 0' for n in free) or 'pass', ''.join(n + ',' for n in free))
    exec(source, ns)
    code = ns['outer']()
    ns.clear()
    return types.FunctionType(code, {}, name, tuple(defaults) or None, tuple(closure) or None)


def settable(o, name):
    t = type(o)
    if t.__flags__ & 512 == 0 and not isinstance(o, types.ModuleType) and (isinstance(o, BaseException) or isinstance(o, (types.FunctionType, types.MethodType))) or isinstance(o, type):
        raise NotOffered
    if name in ('__class__', '__dict__', '__weakref__') or isinstance(o, types.ModuleType) and name.startswith('__ann'):
        raise NotOffered
    return o


def run(op, H):
    kind, n, *rest = op
    if kind in ('delkey', 'remove') and isinstance(H[rest[0]], weakref.ref):
        raise NotOffered             # it remembers its hash even if the command fails, and the model takes back all of that
    h = [H[i] for i in rest[0]] if rest and isinstance(rest[0], list) and kind not in ('class', 'function', 'dict') else None
    if kind == 'int': H[n] = int(rest[0])
    elif kind == 'float': H[n] = float(rest[0])
    elif kind == 'complex': H[n] = complex(float(rest[0]), float(rest[1]))
    elif kind == 'str': H[n] = rest[0]
    elif kind == 'bytes': H[n] = bytes.fromhex(rest[0])
    elif kind == 'bytearray': H[n] = bytearray.fromhex(rest[0])
    elif kind == 'range': H[n] = range(*rest)
    elif kind == 'constant': H[n] = eval(rest[0])
    elif kind == 'list': H[n] = h[:]
    elif kind == 'tuple': H[n] = tuple(h)
    elif kind == 'set': H[n] = set(h)
    elif kind == 'frozenset': H[n] = frozenset(h)
    elif kind == 'dict': H[n] = {H[k]: H[v] for k, v in rest[0]}
    elif kind == 'instance':
        if not isinstance(H[rest[0]], type): raise TypeError
        H[n] = H[rest[0]]()
    elif kind == 'class':
        name, slots, bases = rest
        source = 'class %s(%s):%s\n' % (name, ', '.join('B[%d]' % i for i in range(len(bases))), ' pass' if slots is None else ' __slots__ = (%s)' % ''.join(repr(s) + ',' for s in slots))
        bases = [H[i] for i in bases]
        if not all(isinstance(b, type) for b in bases): raise TypeError
        ns = {'B': bases, '__name__': '__main__'}
        exec(source, ns)
        H[n] = ns[name]
        ns.clear()
    elif kind == 'cell': H[n] = types.CellType() if rest[0] is None else types.CellType(H[rest[0]])
    elif kind == 'function': H[n] = function(rest[0], [H[i] for i in rest[1]], [H[i] for i in rest[2]])
    elif kind == 'method':
        if not isinstance(H[rest[0]], types.FunctionType): raise TypeError
        if H[rest[1]] is None: raise NotOffered       # types.MethodType asks for an object, the heap's command takes None
        H[n] = types.MethodType(H[rest[0]], H[rest[1]])
    elif kind == 'module': H[n] = types.ModuleType(rest[0])
    elif kind == 'exception':
        made = getattr(__builtins__, rest[0])(*[H[i] for i in rest[1]])
        if type(made).__name__ != rest[0] or rest[0] == 'SyntaxError' and len(rest[1]) == 2: raise NotOffered
        H[n] = made
    elif kind == 'weakref': H[n] = weakref.ref(H[rest[0]])
    elif kind == 'slice': H[n] = slice(*(H[i] for i in rest))
    elif kind == 'append':
        if isinstance(H[n], bytearray): raise NotOffered
        H[n].append(H[rest[0]])
    elif kind in ('setitem', 'delitem', 'pop'):
        if isinstance(H[n], (dict, bytearray, set)): raise NotOffered
        if kind == 'setitem': H[n][rest[0]] = H[rest[1]]
        elif kind == 'delitem': del H[n][rest[0]]
        else: del H[n][-1]
    elif kind in ('put', 'delkey'):
        if not isinstance(H[n], dict): raise TypeError
        if kind == 'put': H[n][H[rest[0]]] = H[rest[1]]
        else: del H[n][H[rest[0]]]
    elif kind in ('add', 'remove'):
        if isinstance(H[n], list): raise NotOffered
        getattr(H[n], kind)(H[rest[0]])
    elif kind == 'attr': setattr(settable(H[n], rest[0]), rest[0], H[rest[1]])
    elif kind == 'delattr': delattr(settable(H[n], rest[0]), rest[0])
    elif kind in ('setcell', 'delcell'):
        if not isinstance(H[n], types.CellType): raise TypeError
        if kind == 'setcell': H[n].cell_contents = H[rest[0]]
        else:
            H[n].cell_contents                         # del of the variable
            del H[n].cell_contents
    elif kind == 'drop': H[n] = None
    elif kind == 'collect': return gc.collect(n)


COUNTED = list, tuple, dict, set, frozenset, types.CellType, types.MethodType, types.FunctionType, types.ModuleType, bytearray, slice, weakref.ref, float, complex, BaseException


def look(o, H):
    """what the end of a program says of one number"""
    if o is None:
        return None
    t = type(o)
    heap = bool(t.__flags__ & 512)
    row = [t.__name__ if not heap else 'instance', gc.is_tracked(o), sys.getsizeof(o)]
    if t is tuple and row[1]:
        row[1] = None                # a call's tuple is tracked where a display's may not be
    if t in COUNTED[:5]:
        row.append(len(o))
    if isinstance(o, COUNTED) or heap or t is type:
        row.append(None if o == () else ctypes.c_ssize_t.from_address(id(o)).value - 1 - sum(h is o for h in H))
    if t is weakref.ref:
        row.append(o() is not None)
    if heap:
        row.append([i for i in range(2, t.__basicsize__ // 8) if ctypes.c_ssize_t.from_address(id(o) + 8 * i).value])
    if t is type and o.__flags__ & 512:
        row += [o.__basicsize__, max(o.__dictoffset__, -1), o.__weakrefoffset__, [b.__name__ for b in o.__mro__]]
    return row


# What an operation raised; a collection's number or '.' if nothing.
LETTERS = {'NotOffered': '-', 'TypeError': 'T', 'KeyError': 'K', 'IndexError': 'I', 'AttributeError': 'A', 'ValueError': 'V'}


def record(seed):
    ops = Generator(seed).program() if seed >= 0 else SELDOM
    H = [None] * 400
    outcomes = []
    gc.collect()
    gc.disable()
    for op in ops:
        try:
            done = run(op, H)
            outcomes.append('' if done is None else done)
        except Exception as e:
            outcomes.append(LETTERS[type(e).__name__])
            e = None
            if op[0] == 'class':
                gc.collect()
    gc.collect()
    counted = [look(H[i], H) for i in range(len(H))]
    while counted and counted[-1] is None:
        counted.pop()
    print(json.dumps({'id': seed, 'program': ops}, separators=(',', ':')))
    print(json.dumps({'id': seed, 'outcomes': ' '.join(str(o) or '.' for o in outcomes), 'end': counted}, separators=(',', ':')))


if __name__ == '__main__':
    chosen = [int(a) for a in sys.argv[1:4]]
    for seed in range(*chosen) if chosen else CHOSEN:
        record(seed)
