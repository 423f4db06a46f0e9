"""nesting.py: in which order deep nestings of each kind of object die. Run by record_merged.sh; needs build.sh."""
import sys, os, json, gc, types
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from look import *
from look import _hooks
from dealloc_order import fill_free_lists, runs
import _weakref
gc.disable()


class A:
    def __init__(self, n):
        self.n = n


class S:
    __slots__ = 'n'

    def __init__(self, n):
        self.n = n


class S2:
    __slots__ = 'n', '__dict__'


class L(list):
    pass


class K(dict):
    pass


class T(tuple):
    pass


class E(Exception):
    pass


def put(o, n):
    o.n = n
    return o


def live(o):
    o.__dict__
    return o


def caused(e, n):
    e.__cause__ = n
    return e


def generate(n):
    yield


def function(n):
    def inner():
        return n
    return inner


CODE, REFERENT = put.__code__, A(0)
NESTINGS = {
    'list': lambda n: [n], 'tuple': lambda n: (n,), 'dict': lambda n: {'n': n}, 'dict, not of strings': lambda n: {0: n}, 'frozenset': lambda n: frozenset((n,)),
    'instance': A, 'instance with live __dict__': lambda n: live(A(n)), 'slots': S, 'slots and __dict__': lambda n: put(S2(), n),
    'list subclass': lambda n: L((n,)), 'dict subclass': lambda n: K(n=n), 'tuple subclass': lambda n: T((n,)),
    'exception by cause': lambda n: caused(ValueError(), n), 'exception subclass by cause': lambda n: caused(E(), n), 'exception by argument': lambda n: ValueError(n),
    'cell': types.CellType, 'function by defaults': lambda n: types.FunctionType(CODE, {}, None, (n,)), 'function by closure': function,
    'bound method': lambda n: types.MethodType(put, n), 'property': lambda n: property(n), 'classmethod': lambda n: classmethod(n), 'staticmethod': lambda n: staticmethod(n),
    'slice': lambda n: slice(n), 'mappingproxy of dict': lambda n: types.MappingProxyType({'n': n}), 'generator': generate, 'module': lambda n: put(types.ModuleType('m'), n),
    'weakref by callback': lambda n: _weakref.ref(REFERENT, n), 'builtin method of list': lambda n: [n].append,
}
# What dies deeper than this has to have a trashcan; from 3.14 on all have. There a chain breaks first at these depths and less.
DEEP = 10500
DEEPER = {'list': 106000, 'tuple': 106000, 'dict': 77000, 'instance': 77000, 'exception by cause': 67000, 'exception by argument': 60000}
LIKE_CELL = ('cell', 'frozenset', 'bound method', 'property', 'classmethod', 'staticmethod', 'slice', 'weakref by callback')


def nest(kind, make, depth):
    gc.collect()
    boxes = {}
    root = ValueError()
    for i in range(depth - 1, -1, -1):       # 0 is outermost
        root = make(root)
        boxes[id(root) - pre_bytes(type(root))] = i
    fill_free_lists()
    _hooks.start()
    del root
    _hooks.pause()
    box = [boxes[old] for op, d, s, old, n, h in _hooks.stop() if op == 'f' and old in boxes]
    r = runs(box)
    return {'containers': r[:16], 'runs': len(r), 'freed': len(box)}


for kind, make in NESTINGS.items():
    for depth in (60, 200, DEEP, 89000 if kind in LIKE_CELL else DEEPER.get(kind, 50000)):
        # Up to 3.13 what has no trashcan would overflow the stack.
        order = nest(kind, make, depth) if depth <= DEEP or VERSION >= '3.14' else {'containers': None}
        print(json.dumps({'case': kind, 'depth': depth, **order}, separators=(',', ':')), flush=True)
