"""strings.py: the header of str and bytes objects of every kind and origin. Run by record.sh."""
import sys, posix
mem = posix.open('/proc/self/mem', posix.O_RDONLY)
VERSION = '%d.%d.%d' % sys.version_info[:3]
SHIFT = 8 if VERSION < '3.12' else 0     # 3.11 has wstr@40 in every str, and wstr_length@64 in all but ASCII ones


def word(addr, size=8):
    return int.from_bytes(posix.pread(mem, size, addr), 'little')


# origin and source text of an expression. A value is kept by one list slot alone when it is looked at; the code object that made
# it is gone. The texts are one string, so that this file's own constants hold none of the values.
SOURCES = r"""
constant	''
constant	'a'
constant	'Z'
constant	'\x00'
constant	'\x7f'
constant	'\x80'
constant	'\xe9'
constant	'\xff'
constant	'name_of_mine'
constant	'x1'
constant	'ab'
constant	'a b'
constant	'two words'
constant	'nnnnnnn'
constant	'nnnnnnnn'
constant	'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn'
constant	'h\xe9llo'
constant	'\xe9a'
constant	'\xfcmlaut'
constant	'\u0100'
constant	'\u20ac'
constant	'\u20ac uro'
constant	'\u0100\u0100\u0100\u0100\u0100\u0100\u0100\u0100\u0100'
constant	'\U0001f600'
constant	'\U0001f600 grin'
constant	'append'
constant	'__init__'
constant	'self'
run time	''.join(['a', 'b'])
run time	''.join(['name_', 'made'])
run time	'x y'.upper()
run time	'%d' % 7
run time	str(12)
run time	str(12345)
run time	chr(65)
run time	chr(233)
run time	chr(0x100)
run time	chr(0x1f600)
run time	'h\xe9llo'.upper()
run time	'\u20ac'.join(['p', 'q'])
run time	'\U0001f600'.join(['p', 'q'])
run time	'abc'[:0]
run time	'abc'[1:2]
run time	'abc'[:2]
run time	'\u0100a'[1:]
run time	'q' * 41
run time	'q' * 600
run time	repr(1.5)
run time	'ab' 'cd'.lower()
interned at run time	sys.intern(''.join(['name_', 'interned']))
interned at run time	sys.intern('wi th'.upper())
interned at run time	sys.intern('\u20ac'.join(['p', 'i']))
interned at run time	sys.intern('h\xe9llp'.upper())
interned as attribute	attribute(''.join(['attr_', 'ibute']))
interned as global	list(namespace('glob_' 'al'))[0]
run time, hashed	hashed(''.join(['ha', 'shed']))
run time, hashed	hashed('\u20ac'.join(['ha', 'shed']))
run time, utf-8 asked	utf8('\u20ac'.join(['u', 't']))
run time, utf-8 asked	utf8('h\xe9llq'.upper())
run time, utf-8 asked	utf8(''.join(['as', 'cii']))
run time, utf-8 asked	utf8('\U0001f600'.join(['u', 't']))
subclass	Sub('ab')
subclass	Sub('\u20ac')
subclass	Sub('\xe9')
bytes constant	b''
bytes constant	b'a'
bytes constant	b'\x00'
bytes constant	b'\xff'
bytes constant	b'ab'
bytes constant	b'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn'
run time	bytes([7])
run time	bytes(0)
run time	b''.join([b'a', b'b'])
run time, hashed	hashed(b''.join([b'a', b'c']))
"""


class Sub(str):
    __slots__ = ()


class Thing:
    pass


def hashed(v):
    hash(v)
    return v


def utf8(v):
    str.__contains__(v, 'z')
    str.isidentifier(v)
    try:
        float(v)
        posix.stat(v)
    except (ValueError, OSError):
        pass
    import builtins
    try:
        builtins.__import__(v)       # asks for the UTF-8 form in some releases
    except ImportError:
        pass
    return v


def attribute(v):
    thing = Thing()
    setattr(thing, v, 1)
    del thing
    return v


def namespace(v):
    ns = {}
    exec(v + ' = 1', ns)
    del ns['__builtins__']
    return ns


print('#release\ttype\torigin\texpression\tgetsizeof\trefcount_word\tlength\thash\tstate\tdata_offset\tutf8_length\tutf8\tdata')
for line in SOURCES.strip().splitlines():
    how, source = line.split('\t')
    hold = [eval(source)]
    a = id(hold[0])
    length = word(a + 16)
    head = VERSION, type(hold[0]).__name__, how, source, sys.getsizeof(hold[0]), hex(word(a)), length, hex(word(a + 24))
    if head[1] == 'bytes':
        print(*head, '-', 32, '-', '-', posix.pread(mem, length + 1, a + 32).hex(), sep='\t')
        continue
    state = word(a + 32, 4) & 0xff
    ascii_, compact, kind = state >> 6 & 1, state >> 5 & 1, state >> 2 & 7
    offset = (40 if ascii_ else 56) + (SHIFT if ascii_ else 2 * SHIFT)
    where = a + offset if compact else word(a + (72 if SHIFT else 56))
    utf8_length, pointer = ('-', '-') if ascii_ and compact else (word(a + 40 + SHIFT), word(a + 48 + SHIFT))
    if pointer != '-':
        pointer = 'null' if not pointer else 'data' if pointer == where else 'own block'
    print(*head, hex(state), offset if compact else 'block', utf8_length, pointer,
          posix.pread(mem, (length + 1) * kind, where).hex(), sep='\t')
