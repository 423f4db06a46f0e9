"""object_words.py: every word of a fresh object of each kind, and which bytes CPython leaves undefined.

Run by record_merged.sh; needs build.sh. It is made twice, and fresh blocks are filled with
one pattern, then another: what still has them was not written.
"""
import sys, os, json, gc
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from look import *
from look import _hooks
gc.disable()
FILLS = 0xA5, 0x5A
NS = '''
class I: pass
class I2:
    def __init__(self): self.x = None; self.y = 5
class P:
    __slots__ = ('p', 'q')
class W:
    __slots__ = ('p', '__weakref__')
class L(list): pass
class E(Exception): pass
def g():
    yield
def clos(v):
    def inner(): return v
    return inner
def deco(v, w=3, *, k=None) -> int:
    "doc"
    return v
a = int('123456'); f = float('2.5'); s = ''.join(['p', 'q']); y = bytes([1, 2, 3]); l = [1, 2]; t = (1, 2); d = {'u': 1, 'v': 2}; r = range(5); o = I(); w = W(); code = g.__code__; glob = {}
from _weakref import ref, proxy
Module = type(__import__('sys')); Cell = type(clos(1).__closure__[0]); Proxy = type(type.__dict__); Function = type(g)
x = None
'''
CASES = [
    'None', 'True', '...', 'NotImplemented', '0', '5', '-5', "''", "'a'", "'\\xe9'", "b''", "b'a'", '()',
    'object()', 'a + 1', 'a * a', 'a * a * a', '-a - 1', 'a << 200', '-(a << 40)', 'f + 1.5', 'f * 1j', "s + 'y'", "s * 9", "s + '\\xe9'", "s + '\\u20ac'", "s + '\\U0001f600'", "y + b'z'", 'y * 20', 'bytearray(b"ab")', 'bytearray()', '[]', '[a]', '[a, f, s]', '[1, 2, 3]', '[i for i in r]',
    'list(r)', '{}', "{'k': a}", "{'k': a, 'm': f}", '{a: 1}', "{'k': a, 7: f}", "{'a': 1, 'b': 2, 'c': 3, 'd': 4, 'e': 5, 'f': 6}", "dict.fromkeys(r)", 'set()', '{a}', '{1, 2, 3}', '{1, 2, 3, 4, 5}', 'frozenset()', 'frozenset((1, 2))', '(a,)', '(a, f)', '(a, l)', 'tuple(r)', 'slice(a)', 'slice(1, 2, None)',
    'range(9)', 'range(1, a)', 'iter(l)', 'iter(t)', 'iter(r)', 'iter(d)', 'iter({1})', 'iter(s)', 'reversed(l)', 'd.keys()', 'd.items()', 'l.append', 'len.__call__', 'o.__init__', 'I2.__init__.__get__(o)', 'lambda: 0', 'lambda v=a: v', 'clos(l)', 'Function(code, glob)', 'g()', 'I()', 'I2()', 'P()', 'W()', 'L()', 'L((a,))', 'ValueError()',
    'ValueError(a)', 'KeyError("k", 2)', 'OSError(2, "no")', 'StopIteration(a)', 'E(a)', 'ref(o)', 'ref(w)', 'ref(o, print)', 'proxy(o)', 'property()', 'property(g)', 'classmethod(g)', 'staticmethod(g)', 'super(I, o)', 'zip(l, t)', 'enumerate(l)', 'map(g, l)', 'filter(g, l)', "Module('m')", 'Module("m", "doc")', 'memoryview(y)', 'Cell(a)', 'Cell()',
    'Proxy(d)', 'object', 'sys_flags', 'list[int]', 'I.__dict__["__dict__"]', 'P.p',
]


def label_of(w, named, blocks):
    if w in named:
        return '@' + named[w]
    for i, b in enumerate(blocks):
        if b['addr'] <= w < b['addr'] + b['size']:
            return '@block%d+%d' % (i, w - b['addr'])
    for lo, hi in MAPS:
        if lo <= w < hi:
            try:
                t = word(w + 8)
                if t in TYPES and (word(w) & 0xffffffff):
                    return '@tuple' if t == id(tuple) else '@' + value_label(object_at(w))
            except OSError:
                pass
            return '@static' if (lo, hi) in FILES else '@other'
    return None


def maps():
    """mapped ranges, and those of them that belong to a file or the main heap of static data"""
    all_, files = [], set()
    for line in open('/proc/self/maps'):
        fields = line.split()
        lo, hi = (int(x, 16) for x in fields[0].split('-'))
        all_.append((lo, hi))
        if len(fields) > 5 and not fields[5].startswith('['):
            files.add((lo, hi))
    # .bss lies right behind a file's last range
    for lo, hi in all_:
        if any(h == lo for l, h in files) and (lo, hi) not in files and lo < 1 << 40:
            files.add((lo, hi))
    return all_, files


def show(data, mask, named, blocks, gc_at):
    """the words of a block as text; `..` stands for an undefined byte, the last word may have fewer bytes"""
    out = []
    for i in range(0, len(data), 8):
        piece, undefined = data[i:i + 8], mask[i:i + 8]
        w = int.from_bytes(piece, 'little')
        if gc_at is not None and i in (gc_at, gc_at + 8):
            out.append('gc' if w else '0')
        elif any(undefined) or len(piece) < 8:
            out.append(''.join('..' if u else '%02x' % b for b, u in reversed(list(zip(piece, undefined)))))
        else:
            out.append((label_of(w, named, blocks) if w > 0xffff else None) or '%x' % w)
    return squeeze(out)


def once(make, fill):
    """runs the statement in a fresh namespace; that, and the blocks it left with what they held right after it"""
    global TYPES
    ns = {'__name__': '__main__', 'sys_flags': sys.flags}
    exec(NS, ns)
    TYPES = all_types()
    gc.collect()
    _hooks.start(fill)
    exec(make, ns)
    _hooks.pause()
    log = _hooks.stop()
    contents = {new: head for op, domain, size, old, new, head in log if type(head) is bytes}
    plain = [(op, domain, size, old, new, head if op == 'f' else ()) for op, domain, size, old, new, head in log]
    blocks = [b for b in blocks_of(plain, TYPES) if not b['freed'] and b['addr'] in contents]
    for b in blocks:
        b['data'] = contents[b['addr']]
        head = b['data'][:48].ljust(48, b'\0')
        b['what'] = type_in([int.from_bytes(head[i:i + 8], 'little') for i in range(0, 48, 8)], TYPES) if b['domain'] == 'o' else None
    return ns, blocks


def record(source):
    global MAPS, FILES
    make = compile('x = ' + source, '<make>', 'exec')
    _, first = once(make, FILLS[0])
    ns, blocks = once(make, FILLS[1])
    MAPS, FILES = maps()
    x_at = id(ns['x'])
    named = {id(t): 'type:' + t.__name__ for t in TYPES.values()}
    named.update({id(v): k for k, v in ns.items() if k not in ('x', '__builtins__') and not isinstance(v, type) and v is not None and type(v) is not int or k == 'a'})
    named.update({id(None): 'None', id(ns): 'namespace', id(ns['__builtins__']): 'builtins', id(()): 'tuple:()', id(''): "str:''"})
    t = type(ns['x'])
    pre = pre_bytes(t)
    if t is type and not word(x_at + 168) & HEAPTYPE:
        pre = 0
    out = {'case': source, 'type': t.__name__, 'blocks': []}
    own = {**named, x_at: 'x'}
    data_words = [[int.from_bytes(c['data'][i:i + 8], 'little') for i in range(0, len(c['data']), 8)] for c in blocks]
    for i, b in enumerate(blocks):
        here = b['addr'] == x_at - pre
        p = pre if here else pre_bytes(next((u for u in TYPES.values() if u.__name__ == b['what']), object)) if b['what'] else 0
        held = here or any(w in (b['addr'], b['addr'] + p) for j, ws in enumerate(data_words) if j != i for w in ws)
        same = len(first) == len(blocks) and len(first[i]['data']) == len(b['data'])
        mask = [same and u == FILLS[0] and v == FILLS[1] for u, v in zip(first[i]['data'], b['data'])] if same else [False] * len(b['data'])
        out['blocks'].append([b['domain'], b['size'], 'x' if here else b['what'],
                              show(b['data'], mask, own, blocks, p - 16 if p else None) if held else 'left on a free list'])
        assert same, source
    if not any(b[2] == 'x' for b in out['blocks']):
        size = sys.getsizeof(ns['x']) - pre if t is not type else 64
        out['shared'] = show(posix.pread(mem, size, x_at), [False] * size, own, blocks, None)
    out.update(tracked=gc.is_tracked(ns['x']), getsizeof=sys.getsizeof(ns['x']), pre=pre)
    print(json.dumps(out, separators=(',', ':')))


for source in CASES:
    record(source)
