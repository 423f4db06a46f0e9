"""commands.py: the little command language of the recorders of programs, and their random numbers.

Nothing here allocates but the command itself: names, numbers and functions exist before a program starts.
"""


class Random:
    """the same numbers on every release"""

    def __init__(self, seed, shift=33):
        self.state, self.shift = seed * 2862933555777941757 + 3037000493 & 2**64 - 1, shift

    def __call__(self, n):
        self.state = self.state * 6364136223846793005 + 1442695040888963407 & 2**64 - 1
        return (self.state >> self.shift) % n


class Node:
    __slots__ = ('h', 'p', 'q')

    def __hash__(self):
        return self.h

    def __eq__(self, other):
        return self is other


MILLION, GIGA, HALF, PREFIX, EURO, BYTES = 10 ** 6, 1 << 40, 0.5, 'prefix', '\u20ac', b'bytes'
# These make the object of a new number.
MAKERS = frozenset(('list', 'dict', 'set', 'node', 'inst', 'tuple1', 'tuple2', 'tuple3', 'vars'))


def do(op, handles, Inst):
    """one command; those that only ask or collect are the caller's"""
    kind = op[0]
    if kind == 'list':
        handles[op[1]] = []
    elif kind == 'dict':
        handles[op[1]] = {}
    elif kind == 'set':
        handles[op[1]] = set()
    elif kind == 'node':
        handles[op[1]] = Node()
        handles[op[1]].h = op[2]
    elif kind == 'inst':
        handles[op[1]] = Inst()
    elif kind == 'tuple1':
        handles[op[1]] = (handles[op[2]],)
    elif kind == 'tuple2':
        handles[op[1]] = (handles[op[2]], handles[op[3]])
    elif kind == 'tuple3':
        handles[op[1]] = (handles[op[2]], handles[op[3]], handles[op[4]])
    elif kind == 'int':
        handles[op[1]] = MILLION + op[2]
    elif kind == 'big':
        handles[op[1]] = GIGA + op[2]
    elif kind == 'float':
        handles[op[1]] = HALF + op[2]
    elif kind == 'str':
        handles[op[1]] = PREFIX + op[2]
    elif kind == 'ucs2':
        handles[op[1]] = EURO + op[2]
    elif kind == 'bytes':
        handles[op[1]] = BYTES + op[2]
    elif kind == 'vars':
        handles[op[1]] = handles[op[2]].__dict__
    elif kind == 'append':
        handles[op[1]].append(handles[op[2]])
    elif kind == 'insert':
        handles[op[1]].insert(op[2], handles[op[3]])
    elif kind == 'put':
        handles[op[1]][op[2]] = handles[op[3]]
    elif kind == 'add':
        handles[op[1]].add(handles[op[2]])
    elif kind == 'attr':
        setattr(handles[op[1]], op[2], handles[op[3]])
    elif kind == 'del':
        del handles[op[1]][op[2]]
    elif kind == 'pop':
        handles[op[1]].pop()
    elif kind == 'discard':
        handles[op[1]].discard(handles[op[2]])
    elif kind == 'delattr':
        delattr(handles[op[1]], op[2])
    elif kind == 'clear':
        handles[op[1]].clear()
    elif kind == 'drop':
        handles[op[1]] = None
