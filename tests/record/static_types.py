"""static_types.py: what the static type objects hold when start-up has finished, one line per type.

Run by record.sh. Nothing is imported: memory is read through /proc/self/mem, so that type caches and version tags are
those of a fresh interpreter.
"""
import sys, posix
mem = posix.open('/proc/self/mem', posix.O_RDONLY)
VERSION = '%d.%d.%d' % sys.version_info[:3]


def u64(addr):
    return int.from_bytes(posix.pread(mem, 8, addr), 'little')


def i64(addr):
    return int.from_bytes(posix.pread(mem, 8, addr), 'little', signed=True)


def u32(addr):
    return int.from_bytes(posix.pread(mem, 4, addr), 'little')


def text(addr):
    data = posix.pread(mem, 200, addr)
    return data[:data.index(b'\0')].decode()


SIZEOF_TYPE = 408 if VERSION < '3.12' else 416 if VERSION < '3.15' else 424   # sizeof(PyTypeObject), from the headers


def generator():
    yield


def closure(x):
    return lambda: x


class Slotted:
    __slots__ = 'p',


try:
    raise ValueError
except ValueError as e:
    trace = type(e.__traceback__)
    frame = type(e.__traceback__.tb_frame)
weakref = sys.modules['_weakref'].ref if '_weakref' in sys.modules else __import__('_weakref').ref
types = [
    object, type, int, bool, type(None), type(NotImplemented), type(...), float, complex, str, bytes, bytearray, memoryview,
    tuple, list, dict, set, frozenset, slice, range, type(closure(1).__closure__[0]), type(closure), type(''.join), type(sys),
    BaseException, Exception, ArithmeticError, AttributeError, AssertionError, EOFError, ImportError, IndexError, KeyError,
    KeyboardInterrupt, LookupError, MemoryError, NameError, OSError, OverflowError, RecursionError, ReferenceError,
    RuntimeError, StopIteration, SyntaxError, SystemExit, TypeError, UnboundLocalError, UnicodeDecodeError, ValueError,
    ZeroDivisionError, Warning, BaseExceptionGroup,
    weakref, type(closure.__code__), type(generator()), type(len), type(type.__dict__['__dict__']),
    type(type.__dict__['__base__']), type(Slotted.__dict__['p']), type(object.__init__), type(object().__str__),
    type(list.append), type(dict.__dict__['fromkeys']), classmethod, staticmethod, property, super, enumerate, reversed, zip,
    map, filter, type({}.keys()), type({}.values()), type({}.items()), type(iter({})), type(iter({}.values())),
    type(iter({}.items())), type(type.__dict__), type(iter([])), type(reversed([])), type(iter(())), type(iter(set())),
    type(iter(range(1))), type(iter('a')), type(iter('\u0100')), type(iter(b'')), type(Slotted().__init__), trace, frame,
    type(sys.version_info), type(sys.implementation), type(list[int]), type(int | str),
]
method = type(generator.__get__(1, int))
types.insert(types.index(type(closure)) + 1, method)
if VERSION >= '3.15':
    import builtins
    for name in ('frozendict', 'sentinel'):
        if hasattr(builtins, name):
            types.append(getattr(builtins, name))

print('#release\ttp_name\t__name__\taddr\tob_refcnt\tob_size\ttp_basicsize\ttp_itemsize\ttp_flags\ttp_dictoffset\ttp_weaklistoffset'
      '\ttp_vectorcall_offset\ttp_base\tob_type\ttp_version_tag\tsizeof\theap\tnonnull_words')
seen = []
for t in types:
    if t in seen:
        continue
    seen.append(t)
    a = id(t)
    heap = u64(a + 168) >> 9 & 1
    base = u64(a + 256)
    words = 0
    for i in range(SIZEOF_TYPE // 8):
        if u64(a + 8 * i):
            words |= 1 << i
    print(VERSION, text(u64(a + 24)), t.__name__, hex(a), hex(u64(a)), i64(a + 16), i64(a + 32), i64(a + 40), hex(u64(a + 168)),
          i64(a + 288), i64(a + 208), i64(a + 56), text(u64(base + 24)) if base else '-', text(u64(u64(a + 8) + 24)),
          u32(a + 384), SIZEOF_TYPE, heap, hex(words), sep='\t')
