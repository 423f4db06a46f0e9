"""look.py: what the recorders share for reading objects and blocks out of their own process."""
import os, sys, posix, re, gc, ctypes
HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = '%d.%d.%d' % sys.version_info[:3]
sys.path.insert(0, os.path.join(HERE, 'lib', VERSION))
import _hooks
mem = posix.open('/proc/self/mem', posix.O_RDONLY)
INLINE_VALUES, MANAGED_WEAKREF, MANAGED_DICT, HEAPTYPE, HAVE_GC = 1 << 2, 1 << 3, 1 << 4, 1 << 9, 1 << 14


def words(addr, count):
    data = posix.pread(mem, 8 * count, addr)
    return [int.from_bytes(data[i:i + 8], 'little') for i in range(0, 8 * count, 8)]


def word(addr):
    return int.from_bytes(posix.pread(mem, 8, addr), 'little')


def text(addr):
    data = posix.pread(mem, 100, addr)
    return data[:data.index(b'\0')].decode()


def object_at(addr):
    return ctypes.cast(addr, ctypes.py_object).value


def pre_bytes(t):
    """bytes in front of an instance of t: GC head, and the two words of managed types"""
    flags = word(id(t) + 168)
    return (16 if flags & HAVE_GC else 0) + (16 if flags & (MANAGED_DICT | MANAGED_WEAKREF) else 0)


def all_types():
    found, todo = {}, [object]
    while todo:
        t = todo.pop()
        if id(t) not in found:
            found[id(t)] = t
            todo += type.__subclasses__(t)
    return found


def fields(struct):
    """offset -> field name of a struct of this release, from struct-layouts.txt"""
    minor, layout, on = sys.version_info[1], '', False
    for line in open(os.path.join(HERE, '..', 'truth', 'struct-layouts.txt')):
        if line.startswith('# '):
            on = line[2:].strip() == struct
        elif on and int(line.split(':')[0].strip().split('.')[1]) <= minor:
            layout = line.split(':', 1)[1]
    return {int(offset): name for name, offset in (item.split('@') for item in layout.split())}


def blocks_of(log, types):
    """the blocks of a log in order of allocation: size, address, whether freed before the end, and what type of object"""
    live, blocks = {}, []
    for op, domain, size, old, new, head in log:
        if op in 'mc':
            b = {'size': size, 'domain': domain, 'addr': new, 'freed': False}
            blocks.append(b)
            live[new] = b
        elif op == 'r':
            b = live.pop(old, None)
            if b is None:
                b = {'size': size, 'domain': domain, 'addr': new, 'freed': False, 'realloc': True}
                blocks.append(b)
            else:
                b.setdefault('sizes', [b['size']]).append(size)
                b.update(size=size, addr=new)
            live[new] = b
        elif old in live:
            b = live.pop(old)
            b['freed'] = True
            b['what'] = type_in(head, types) if b['domain'] == 'o' else None
    for b in live.values():
        b['what'] = type_in(words(b['addr'], 6), types) if b['domain'] == 'o' else None
    return blocks


def type_in(head, types):
    """the type of the object whose block begins with these words, by looking for a type pointer where one would be"""
    for skip in (0, 2, 4):
        t = types.get(head[skip + 1])
        if t is not None and pre_bytes(t) == 8 * skip:
            return t.__name__
    return None


def value_label(v):
    """no blanks in it: labels stand in lists of words"""
    if isinstance(v, type):
        return 'type:' + v.__name__
    if isinstance(v, int) and v > 1 << 40:
        return 'int:address'
    if type(v) in (str, int, bool, tuple, type(None)) and len(repr(v)) < 60:
        return (type(v).__name__ + ':' + repr(v)).replace(' ', '')
    return type(v).__name__


def squeeze(items):
    """words as one text; a run of zeros is `0*count`"""
    out = []
    for w in items:
        if w == '0' and out and out[-1].startswith('0*'):
            out[-1] = '0*%d' % (int(out[-1][2:]) + 1)
        else:
            out.append('0*1' if w == '0' else w)
    return ' '.join('0' if w == '0*1' else w for w in out)
