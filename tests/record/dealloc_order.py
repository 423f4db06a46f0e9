"""dealloc_order.py: in which order the blocks of a structure are freed. Run by record_merged.sh; needs build.sh."""
import sys, os, json, gc
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from look import *
from look import _hooks
gc.disable()

COMMON = '''
class P:
    __slots__ = ('q', 'p')
class D(P):
    __slots__ = ('z', 'b')
class S:
    __slots__ = ('p', '__dict__')
class I:
    pass
class L(list):
    pass
class K(dict):
    pass
class T(tuple):
    pass
class E(Exception):
    pass
def put(o, **kw):
    for k, v in kw.items():
        setattr(o, k, v)
    return o
def made(a, b):
    def inner(x=leaf('d0'), y=leaf('d1'), *, z=leaf('kw')):
        return a, b
    inner.attribute = leaf('attribute')
    return inner
def running():
    u = leaf('u')
    v = leaf('v')
    yield
    w = leaf('w')
    yield
def started(n):
    g = running()
    for _ in range(n):
        next(g)
    return g
def again(o, name, v):
    delattr(o, name)
    setattr(o, name, v)
    return o
class Z:
    def __init__(self, z, a):
        self.z = z
        self.a = a
def hold(a, b):
    c = leaf('c')
    d = leaf('d')
    return None
'''
STR = {id(str): str}
three = "leaf('a'), leaf('b'), leaf('c')"
SET = "{hashed('a', 9), hashed('b', 2), hashed('c', 1)}"
SCENARIOS = [   # name, expression for `root`, what is done then
    ('list', '[%s]' % three, 'del root'),
    ('tuple', '(%s)' % three, 'del root'),
    ('dict str', "{'x': leaf('a'), 'y': leaf('b'), 'z': leaf('c')}", 'del root'),
    ('dict leaf keys', "{leaf('ka'): leaf('a'), leaf('kb'): leaf('b')}", 'del root'),
    ('dict with a hole', "hole({'x': leaf('a'), 'y': leaf('b'), 'z': leaf('c')})", 'del root'),
    ('set', SET, 'del root'),
    ('frozenset', 'frozenset([%s])' % SET[1:-1], 'del root'),
    ('big set', "set([hashed(n, h) for n, h in (('a', 9), ('b', 40), ('c', 3), ('d', 9), ('e', 77), ('f', 8))])", 'del root'),
    ('nested lists', "[leaf('a'), [leaf('b'), leaf('c')], leaf('d'), [leaf('e')]]", 'del root'),
    ('nested mixed', "[(leaf('a'), {'k': leaf('b')}), (leaf('c'), ), {'m': [leaf('d')], 'n': leaf('e')}]", 'del root'),
    ('instance', "put(I(), m=leaf('m'), a=leaf('a'), z=leaf('z'))", 'del root'),
    ('instance, other order', "put(I(), z=leaf('z'), a=leaf('a'), m=leaf('m'))", 'del root'),
    ('instance, keys shared in another order', "[put(I(), a=1, m=2), put(I(), m=leaf('m'), a=leaf('a'))]", 'del root'),
    ('instance, attribute replaced', "again(put(I(), m=1, a=leaf('a')), 'm', leaf('m'))", 'del root'),
    ('instance, __init__ sets z then a', "Z(leaf('z'), leaf('a'))", 'del root'),
    ('instance with live __dict__', "live(put(I(), m=leaf('m'), a=leaf('a')))", 'del root'),
    ('instance whose __dict__ is kept', "live(put(I(), m=leaf('m'), a=leaf('a')))", 'kept = root.__dict__; del root'),
    ('slots', "put(P(), p=leaf('p'), q=leaf('q'))", 'del root'),
    ('derived slots', "put(D(), p=leaf('p'), q=leaf('q'), z=leaf('z'), b=leaf('b'))", 'del root'),
    ('slots and __dict__', "put(S(), p=leaf('p'), x=leaf('x'))", 'del root'),
    ('list subclass', "put(L([leaf('i0'), leaf('i1')]), x=leaf('x'), y=leaf('y'))", 'del root'),
    ('dict subclass', "put(K(k=leaf('k'), l=leaf('l')), x=leaf('x'), y=leaf('y'))", 'del root'),
    ('tuple subclass', "put(T((leaf('i0'), leaf('i1'))), x=leaf('x'), y=leaf('y'))", 'del root'),
    ('exception', "put(E(leaf('arg0'), leaf('arg1')), x=leaf('x'), __cause__=ValueError(leaf('cause')))", 'del root'),
    ('function', "made(leaf('cell0'), leaf('cell1'))", 'del root'),
    ('generator not started', 'started(0)', 'del root'),
    ('generator at first yield', 'started(1)', 'del root'),
    ('generator at second yield', 'started(2)', 'del root'),
    ('slice', "slice(leaf('start'), leaf('stop'), leaf('step'))", 'del root'),
    ('property', "property(leaf('get'), leaf('set'), leaf('del'), leaf('doc'))", 'del root'),
    ('classmethod', "classmethod(leaf('f'))", 'del root'),
    ('bound method', "type(put)(put.__code__, {}).__get__(leaf('self'))", 'del root'),
    ('module', "put(Module('m'), b=leaf('b'), a=leaf('a'))", 'del root'),
    ('list iterator', "iter([leaf('a'), leaf('b')])", 'del root'),
    ('dict view', "{'x': leaf('a')}.values()", 'del root'),
    ('list.clear', '[%s]' % three, 'root.clear()'),
    ('del l[:]', '[%s]' % three, 'del root[:]'),
    ('l[:] = new', '[%s]' % three, "root[:] = []"),
    ('l[0:2] = new', '[%s]' % three, "root[0:2] = [1]"),
    ('l[1] = new', '[%s]' % three, "root[1] = None"),
    ('list.pop', '[%s]' % three, 'root.pop(); root.pop(0)'),
    ('dict.clear', "{'x': leaf('a'), 'y': leaf('b')}", 'root.clear()'),
    ('d[k] = new', "{'x': leaf('a'), 'y': leaf('b')}", "root['x'] = None; root['y'] = 1"),
    ('del d[k]', "{leaf('ka'): leaf('a'), leaf('kb'): leaf('b')}", 'for k in list(root):\n    del root[k]\ndel k'),
    ('dict.popitem', "{leaf('ka'): leaf('a'), leaf('kb'): leaf('b')}", 'root.popitem(); root.popitem()'),
    ('instance.__dict__.clear', "put(I(), m=leaf('m'), a=leaf('a'))", 'root.__dict__.clear()'),
    ('instance.__dict__ replaced', "put(I(), m=leaf('m'), a=leaf('a'))", 'root.__dict__ = {}'),
    ('attribute replaced', "put(I(), m=leaf('m'), a=leaf('a'))", 'root.m = None; root.a = None'),
    ('set.clear', SET, 'root.clear()'),
    ('set.discard', SET, 'for x in list(root):\n    root.discard(x)\ndel x'),
    ('locals at return', "[leaf('a'), leaf('b')]", 'hold(root.pop(0), root.pop(0))'),
    ('cell replaced', "made(leaf('cell0'), leaf('cell1'))", 'root.__closure__[0].cell_contents = None'),
]


class Hashed:
    __slots__ = 'h'

    def __init__(self, h):
        self.h = h

    def __hash__(self):
        return self.h


class Book:
    """which address is which block; holds no objects"""

    def __init__(self):
        self.names = {}

    def leaf(self, name):
        o = object()
        self.names[id(o)] = name
        return o

    def hashed(self, name, h):
        o = Hashed(h)
        self.names[id(o) - 16] = name
        return o

    def add(self, o, name):
        """enters an object and what hangs off it"""
        a = id(o)
        if a - pre_bytes(type(o)) in self.names or word(a) >> 31 & 1 or isinstance(o, (type, type(sys), str)):
            return
        t = type(o)
        self.names[a - pre_bytes(t)] = name
        if isinstance(o, list):
            self.names[word(a + 24)] = name + '.ob_item'
        elif isinstance(o, dict):
            self.names[word(a + 32)] = name + '.ma_keys'
        elif isinstance(o, (set, frozenset)) and word(a + 40) != a + 64:
            self.names[word(a + 40)] = name + '.table'
        flags = word(id(t) + 168)
        if flags & MANAGED_DICT and VERSION < '3.13':
            v = word(a - 32) if VERSION < '3.12' else word(a - 24)
            v = v if VERSION < '3.12' else v + 1 if v & 1 else 0
            d = word(a - 24) if VERSION < '3.12' or not v else 0
            v = v or (word(d + 40) if d else 0)
            if v:
                self.names[v - posix.pread(mem, 1, v - 1)[0]] = name + '.values'
            if d:
                self.names[d - 16] = name + '.__dict__'
                self.names[word(d + 32)] = name + '.__dict__.ma_keys'
        elif flags & MANAGED_DICT and word(a - 24):
            d = word(a - 24)
            self.names[d - 16] = name + '.__dict__'
            self.names[word(d + 32)] = name + '.__dict__.ma_keys'
        elif t.__dictoffset__ > 0 and word(a + t.__dictoffset__) and not isinstance(o, type(Book.add)):
            self.add(object_at(word(a + t.__dictoffset__)), name + '.__dict__')
        if isinstance(o, (list, tuple)):
            for i, x in enumerate(o):
                self.add(x, '%s[%d]' % (name, i))
        elif isinstance(o, dict):
            for k, x in o.items():
                self.add(k, name + '.key')
                self.add(x, '%s[%s]' % (name, k if isinstance(k, str) else 'leaf'))
        elif isinstance(o, (set, frozenset)):
            for x in o:
                self.add(x, name + '.item')
        elif isinstance(o, type(Book.add)):
            for n in ('__defaults__', '__kwdefaults__', '__closure__', '__dict__', '__annotations__')[:4]:
                if getattr(o, n):
                    self.add(getattr(o, n), name + '.' + n)
        elif t.__name__ not in ('generator', 'code', 'module'):
            for i, x in enumerate(gc.get_referents(o)):
                if not isinstance(x, dict) or t.__name__ not in ('I', 'S', 'L', 'K', 'T', 'E', 'Z'):
                    self.add(x, '%s>%s' % (name, type(x).__name__))


def hole(d):
    del d['y']
    return d


def live(o):
    o.__dict__
    return o


class Slotted:
    __slots__ = ()


def fill_free_lists():
    """so that whatever dies next is really freed; a full list of each kind, made at once and dropped"""
    bag = []
    for n in range(1, 21):
        bag.append([tuple(range(n)) for _ in range(2010)])
    bag.append([[] for _ in range(100)])
    bag.append([{} for _ in range(100)])
    bag.append([{'a': 1} for _ in range(100)])
    bag.append([float(i) for i in range(120)])
    bag.append([10 ** 6 + i for i in range(120)])
    bag.append([complex(i) for i in range(120)])
    bag.append([slice(i) for i in range(5)])
    bag.append([range(i) for i in range(20)])
    bag.append([iter(range(i)) for i in range(20)])
    bag.append([iter([]) for i in range(20)])
    bag.append([iter(()) for i in range(20)])
    bag.append([fill_free_lists.__get__(i) for i in range(60)])
    bag.append([[].append for i in range(40)])
    bag.append([{}.get for i in range(40)])
    bag.append([Slotted().__init__ for i in range(40)])
    while bag:
        bag.pop()


def run(create, action, full):
    book = Book()
    ns = {'leaf': book.leaf, 'hashed': book.hashed, 'hole': hole, 'live': live, 'Module': type(sys), '__name__': 'm'}
    exec(COMMON, ns)
    code = compile('root = ' + create, '<create>', 'exec')
    act = compile(action, '<action>', 'exec')
    gc.collect()
    exec(code, ns)
    book.add(ns['root'], 'root')
    if full:
        fill_free_lists()
    else:
        gc.collect()
    _hooks.start()
    exec(act, ns)
    _hooks.pause()
    log = _hooks.stop()
    made, out = {}, []
    for op, domain, size, old, new, head in log:
        if op == 'f' and old not in made:
            # a name that only the type attribute cache still knew is none of this structure's
            if old in book.names or type_in(head, STR) is None:
                out.append(book.names.get(old) or 'other')
        elif op == 'f':
            out.append('!' + str(made.pop(old)))
        elif op == 'r':
            if old != new and old:
                out.append('moved ' + str(book.names.get(old)))
        if op != 'f':
            made[new] = size
    return [x for x in out if not x.startswith('!')]


def runs(numbers):
    """ascending or descending runs of step 1 as [first, last]"""
    out = []
    for n in numbers:
        if out and abs(n - out[-1][1]) == 1 and (out[-1][0] == out[-1][1] or (n - out[-1][1] > 0) == (out[-1][1] > out[-1][0])):
            out[-1][1] = n
        else:
            out.append([n, n])
    return out


CHAINS = {
    'list [leaf, next]': lambda x, n: [x, n], 'list [next, leaf]': lambda x, n: [n, x], 'tuple (next, leaf)': lambda x, n: (n, x),
    'tuple (leaf, next)': lambda x, n: (x, n),
    'dict leaf first': lambda x, n: {'x': x, 'n': n}, 'dict next first': lambda x, n: {'n': n, 'x': x},
    'instance leaf first': lambda x, n: Attr(x, n), 'instance next first': lambda x, n: Attr2(x, n), 'slots (a leaf, b next)': lambda x, n: Slot(x, n),
    'slots (a next, b leaf)': lambda x, n: Slot(n, x), 'set': None, 'list and tuple': lambda x, n: [x, (n,)],
}


class Attr:
    def __init__(self, x, n):
        self.x = x
        self.n = n


class Attr2:
    def __init__(self, x, n):
        self.n = n
        self.x = x


class Slot:
    __slots__ = 'a', 'b'

    def __init__(self, a, b):
        self.a = a
        self.b = b


if __name__ == '__main__':
    for name, create, action in SCENARIOS:
        print(json.dumps({'what': 'order', 'case': name, 'root': create, 'then': action, 'lists_full': run(create, action, True),
                          'lists_empty': run(create, action, False)}, separators=(',', ':')))
    for kind, make in CHAINS.items():
        if not make:
            continue
        for depth in (10, 48, 49, 50, 51, 52, 60, 99, 100, 101, 102, 120, 200, 300, 1000, 5000, 20000, 100000):
            gc.collect()
            leaves, boxes = {}, {}
            root = None
            for i in range(depth - 1, -1, -1):       # 0 is outermost
                x = object()
                leaves[id(x)] = i
                root = make(x, root)
                boxes[id(root) - pre_bytes(type(root))] = i
                del x
            fill_free_lists()
            _hooks.start()
            del root
            _hooks.pause()
            log = _hooks.stop()
            order = [leaves[old] for op, d, s, old, n, h in log if op == 'f' and old in leaves]
            box = [boxes[old] for op, d, s, old, n, h in log if op == 'f' and old in boxes]
            del log
            assert len(order) == depth or depth > 5000
            r, b = runs(order), runs(box)
            print(json.dumps({'what': 'chain', 'case': kind, 'depth': depth, 'leaves': r[:16], 'containers': b[:16], 'runs': [len(r), len(b)]}, separators=(',', ':')))
