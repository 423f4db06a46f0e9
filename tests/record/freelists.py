"""freelists.py: free list limits, and what making and dropping one object of each kind does. Run by record_merged.sh; needs build.sh."""
import sys, os, json, gc
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from look import *
from look import _hooks
gc.disable()
N = 2600
STR = {id(str): str}          # names that only the type attribute cache still knew are left out


class P:
    __slots__ = ('p', 'q')


class I:
    pass


class L(list):
    pass


class T(tuple):
    __slots__ = ()


class F(float):
    __slots__ = ()


def fn():
    pass


def gen():
    yield


def closure(i):
    def inner():
        return i
    return inner


KINDS = {
    'object()': lambda i: object(), 'float': lambda i: i + 0.5, 'float subclass': lambda i: F(i + 0.5), 'complex': lambda i: complex(i, 1.5),
    'int of 1 digit': lambda i: 100000 + i, 'int of 1 digit, negative': lambda i: -100000 - i, 'int of 2 digits': lambda i: (1 << 40) + i,
    'int of 3 digits': lambda i: (1 << 70) + i, 'str': lambda i: 'x%d' % i, 'bytes': lambda i: bytes([1, 2, i & 255]), 'bytearray': lambda i: bytearray(i & 7),
    'list []': lambda i: [], 'list [i]': lambda i: [None], 'list subclass': lambda i: L(), 'dict {}': lambda i: {}, 'dict 1 str': lambda i: {'a': None},
    'dict 1 int': lambda i: {1: None}, 'dict 6 str': lambda i: {'a': 1, 'b': 1, 'c': 1, 'd': 1, 'e': 1, 'f': 1}, 'set': lambda i: set(), 'frozenset': lambda i: frozenset((1,)),
    'slice': lambda i: slice(i), 'range': lambda i: range(2, 9), 'range iterator': lambda i: iter(range(5)), 'list iterator': lambda i: iter(LIST), 'tuple iterator': lambda i: iter(TUPLE),
    'set iterator': lambda i: iter(SET), 'str iterator': lambda i: iter('ab'), 'dict key iterator': lambda i: iter(DICT), 'dict view': lambda i: DICT.keys(),
    'bound method': lambda i: fn.__get__(1), 'builtin method': lambda i: LIST.append, 'method-wrapper': lambda i: LIST.__len__, 'cell': lambda i: type(CELL)(None),
    'function': lambda i: type(fn)(fn.__code__, {}), 'closure': closure, 'generator': lambda i: gen(), 'instance': lambda i: I(), 'slots instance': lambda i: P(),
    'exception': lambda i: ValueError(), 'weakref': lambda i: type(WEAK)(P2), 'property': lambda i: property(), 'super': lambda i: super(I, INSTANCE),
    'zip': lambda i: zip(), 'enumerate': lambda i: enumerate(LIST), 'map': lambda i: map(fn, LIST), 'classmethod': lambda i: classmethod(fn), 'staticmethod': lambda i: staticmethod(fn),
    'module': lambda i: type(sys)('m'), 'memoryview': lambda i: memoryview(b'ab'), 'mappingproxy': lambda i: type(type.__dict__)(DICT), 'tuple subclass': lambda i: T((1, i)),
}
LIST, TUPLE, SET, DICT, CELL, INSTANCE = [1, 2], (1, 2), {1}, {'a': 1}, closure(1).__closure__[0], I()
import _weakref
P2 = I()
WEAK = _weakref.ref(P2, print)


def tuple_kind(n):
    return lambda i: tuple([None] * n)


for n in list(range(1, 23)):
    KINDS['tuple of %d' % n] = tuple_kind(n)


def limit(name, make):
    numbers = list(range(N))
    hold = [make(i) for i in numbers]
    base = [id(o) - pre_bytes(type(o)) for o in hold]
    base_set = set(base)
    size = len(base_set)
    again = [None] * 40
    gc.collect()                      # everything is there already: free lists are empty now
    _hooks.start()
    del hold[:]
    for i in range(40):               # the last item of a list dies first, so the last push was that of the lowest kept number
        again[i] = make(numbers[i])
    _hooks.pause()
    log = _hooks.stop()
    freed, parts = set(), 0
    for op, d, s, old, new, h in log:
        if op == 'f':
            freed.add(old)
            parts += old not in base_set and type_in(h, STR) is None
    kept = [i for i, b in enumerate(base) if b not in freed] if size == N else []
    back = [base.index(a) if a in base else -1 for a in [id(o) - pre_bytes(type(o)) for o in again]]
    count = len([i for i in back if i in kept])
    reuse = 'none' if not kept else 'last in, first out' if back[:count] == kept[:count] else 'other: %s' % back[:count]
    print(json.dumps({'what': 'limit', 'case': name, 'kept': len(kept), 'which': [min(kept), max(kept)] if kept else [], 'parts_freed': parts, 'reused_of_40': count, 'reuse': reuse},
                     separators=(',', ':')))


for name, make in KINDS.items():
    limit(name, make)

EFFECTS = [
    'object()', 'None', '5', 'a + 1', 'a * a', 'a * a * a', 'f + 1.5', 'f * 1j', "s + 'y'", "s * 30", "y + b'z'", 'bytearray(b"ab")', '[]', '[a]', '[a, a]', '[a, a, a]', '[1, 2, 3]', 'list(r)',
    '[i for i in r]', '{}', "{'k': a}", '{a: 1}', "{'a': 1, 'b': 2, 'c': 3, 'd': 4, 'e': 5, 'f': 6}", 'dict(a=1)', 'd.copy()', 'set()', '{a}', '{a, f, s, 1, 2}', 'frozenset()', 'frozenset(r)',
    '()', '(a,)', '(a, f)', '(a, l)', 'tuple(r)', 'slice(a)', 'slice(l)', 'range(a)', 'range(9)', 'iter(l)', 'iter(t)', 'iter(r)', 'iter(d)', 'd.keys()', 'd.items()', 'l.append', 'p.m', 'lambda: 0', 'lambda v=a: v', 'clos(l)',
    'g()', 'I()', 'I1(a)', 'P()', 'P1(a)', "L()", "L([a])", 'K()', 'ValueError()', "ValueError(a)", 'KeyError("k", 2)', 'ref(o)', 'ref(o, print)', 'property()', 'classmethod(g)', 'staticmethod(g)', 'super(I, o)',
    'zip(l, l)', 'enumerate(l)', 'map(g, l)', 'reversed(l)', "Module('m')", 'memoryview(y)', 'Cell(a)', 'complex(a, 1)', "'%d' % a", "str(a)", 'Proxy(d)',
]
NS = '''
class I:
    def m(self): pass
class I1:
    def __init__(self, v): self.v = v
class P:
    __slots__ = ('p', 'q')
class P1:
    __slots__ = ('v',)
    def __init__(self, v): self.v = v
class L(list): pass
class K(dict): pass
def g():
    yield
def clos(v):
    def inner(): return v
    return inner
a = int('123456'); f = float('2.5'); s = ''.join(['p', 'q']); y = bytes([1, 2, 3]); l = [1, 2]; t = (1, 2); d = {'u': 1, 'v': 2}; r = range(5); o = I(); p = I()
for z in range(40): I(); I1(1)
del z
from _weakref import ref
Module = type(__import__('sys')); Cell = type(clos(1).__closure__[0]); Proxy = type(type.__dict__)
x = None
'''


def effects(source):
    ns = {'__name__': 'm'}
    exec(NS, ns)
    make, drop = compile('x = ' + source, '<make>', 'exec'), compile('x = None', '<drop>', 'exec')
    types = all_types()
    gc.collect()
    ballast = [set() for _ in range(200)]
    gc.get_count(); gc.get_count()           # its tuple is on the free list from now on
    out = {'what': 'effect', 'case': source}
    for label in ('fresh', 'again'):
        for what, code in (('make', make), ('drop', drop)):
            c = gc.get_count()[0]
            _hooks.start()
            exec(code, ns)
            _hooks.pause()
            n = gc.get_count()[0]
            log = _hooks.stop()
            live, blocks = {}, []
            for op, dom, size, old, new, head in log:
                if op == 'r' and old in live:
                    live.pop(old)
                if op != 'f':
                    live[new] = '%s%d' % (dom, size)
                elif old in live:
                    live.pop(old)
                elif type_in(head, STR) is None or 'str' in out['case'] or 's' == out['case'][0] or '%' in out['case']:
                    blocks.append('free ' + (type_in(head, types) or dom if dom == 'o' else 'block'))
            out[label + ' ' + what] = {'blocks': sorted(live.values()) + blocks, 'count0': n - c}
            del log
        if label == 'fresh':
            exec(make, ns)
            out['type'] = type(ns['x']).__name__
            out['getsizeof'] = sys.getsizeof(ns['x'])
            out['tracked'] = gc.is_tracked(ns['x'])
            ns['x'] = None
    del ballast
    print(json.dumps(out, separators=(',', ':')))


for source in EFFECTS:
    effects(source)
