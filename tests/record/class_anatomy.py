"""class_anatomy.py: all words of fresh classes and of their first instances. Run by record_merged.sh; needs build.sh."""
import sys, os, json, gc
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from look import *
from look import _hooks
import builtins, weakref

CASES = {
    'empty': 'class C: pass',
    'init': 'class C:\n    def __init__(self):\n        self.x = 1\n        self.y = 2',
    'init_unsorted': 'class C:\n    def __init__(self):\n        self.y = 1\n        self.x = 2\n    def set(self):\n        self.b = 3',
    'slots': "class C:\n    __slots__ = ('p', 'q')",
    'slots_none': 'class C:\n    __slots__ = ()',
    'slots_weakref': "class C:\n    __slots__ = ('p', '__weakref__')",
    'slots_dict': "class C:\n    __slots__ = ('p', '__dict__')",
    'list_subclass': 'class C(list): pass',
    'subclass': 'class C(B): pass',
    'sub_of_slots': 'class C(S): pass',
    'attribute': 'class C:\n    a = 1\n    def f(self): pass',
    'del': 'class C:\n    def __del__(self): pass',
    'exception': 'class C(Exception): pass',
    'second_base': "class C(S, B):\n    __slots__ = ('p', 'q')",
    'two_bases': 'class C(S, B): pass',
}
TYPE_FIELDS = {**fields('PyHeapTypeObject'), **fields('PyTypeObject')}
TYPE_FIELDS.pop(0), TYPE_FIELDS.update({0: 'ob_refcnt', 8: 'ob_type', 16: 'ob_size'})
gc.disable()
FILL = 0xEE          # what fresh blocks hold, so that bytes nobody wrote can be told


class Labels:
    """says what an address is: an object, the inside of one, a block of a log, or static code and data"""

    def __init__(self, blocks, named):
        self.blocks, self.named = blocks, dict(named)
        self.named.update((id(t), 'type:' + t.__name__) for t in all_types().values() if id(t) not in self.named)

    def __call__(self, w):
        if w in self.named:
            return '@' + self.named[w]
        for name, start, size in [(n, a, 0) for a, n in self.named.items() if a - w in (16, 32)]:
            return '@%s-%d' % (name, start - w)      # a GC head
        for i, b in enumerate(self.blocks):
            if not b['freed'] and b['addr'] <= w < b['addr'] + b['size']:
                return '@block%d+%d' % (i, w - b['addr'])
        for a, n in self.named.items():
            if n == 'C' and a < w < a + TYPE_SIZE:
                return '@%s+%d' % (n, w - a)
        return None


TYPE_SIZE = type.__basicsize__


def known_slot(offset, w):
    """names code or data of a static type: the first of these that has the same word in the same field"""
    for t in (object, type, BaseException, list, dict, int):
        if word(id(t) + offset) == w:
            return '%s.%s' % (t.__name__, TYPE_FIELDS.get(offset, offset))
    return 'static'


def describe(w, labels, offset=None):
    if w < 1 << 16:
        return '%x' % w
    label = labels(w)
    if label:
        return label
    if 0x400000 <= w < 0x2000000 or w >> 40 == 0x7f:
        if offset is not None and offset < TYPE_FIELDS_END:
            return '@' + known_slot(offset, w)
        try:
            t = word(w + 8)
            if t in labels.named and labels.named[t].startswith('type:'):
                return '@' + value_label(object_at(w))
        except OSError:
            pass
        return '@static'
    return '%x' % w


TYPE_FIELDS_END = min(o for o, n in TYPE_FIELDS.items() if n == 'as_async')


def holders(block, blocks, named):
    """where a pointer to the block, or to the object in it, lies: in other blocks, the namespace, or the base's subclasses"""
    targets = {block['addr'] + d for d in (0, 16, 32)}
    held = []
    for j, c in enumerate(blocks):
        if not c['freed'] and c is not block:
            pre = c.get('pre', 0) // 8            # GC links are no holders
            held += ['%s+%d' % (c.get('name') or 'block%d' % j, 8 * (k - pre)) for k, w in enumerate(words(c['addr'], c['size'] // 8))
                     if w in targets and (k >= pre or k < pre - 2)]
    spaces = [(a, n) for a, n in named.items() if n in ('tp_dict', 'namespace')]
    for base in (object, list, Exception, object_at(spaces[1][0]).get('B')) if len(spaces) > 1 else (object,):
        if base and 'C' in [t.__name__ for t in type.__subclasses__(base)]:
            for d in gc.get_referrers(*[w for w in gc.get_objects() if type(w) is weakref.ref and w() in type.__subclasses__(base)]):
                if type(d) is dict and d and all(type(v) is weakref.ref for v in d.values()):
                    spaces.append((id(d), base.__name__ + '.tp_subclasses'))
    for a, n in dict(spaces).items():
        keys = word(a + 32)
        held += [n] if keys in targets or word(a + 40) in targets else []
        head = posix.pread(mem, 32, keys)
        table = words(keys + 32 + (1 << head[9]), (2 if head[10] else 3) * int.from_bytes(head[24:32], 'little'))
        held += [n + '.keys'] if targets & set(table) else []
    return held


def class_record(case, source):
    ns = {'__name__': '__main__', '__builtins__': builtins}
    exec('class B: pass\nclass S:\n    __slots__ = ()', ns)
    code = compile(source, '<class>', 'exec')
    gc.collect()
    _hooks.start(FILL)
    exec(code, ns)
    _hooks.pause()
    young = gc.get_objects(0)
    log = _hooks.stop()
    tracked = [value_label(o) for o in young if o is not ns]
    young = None
    # counts without any name or loop variable of this recorder
    a = id(ns['C'])
    at = {'class': a, 'mro': id(ns['C'].__mro__), 'bases': id(ns['C'].__bases__), 'tp_dict': word(a + 264), 'name': id(ns['C'].__name__),
          'base': id(ns['C'].__base__)}
    refs = {k: word(v) for k, v in at.items()}
    entries = [[k, type(v).__name__, id(v), gc.is_tracked(v)] for k, v in ns['C'].__dict__.items()]
    for e in entries:
        e[2] = '%x' % word(e[2])
    C = ns['C']
    addr = id(C)
    # ids of what hangs off the class
    named = {addr: 'C', id(ns): 'namespace', id(C.__mro__): 'mro', id(C.__bases__): 'bases', id(code): 'module_code'}
    tp_dict = word(addr + 264)
    named[tp_dict] = 'tp_dict'
    for k, v in C.__dict__.items():
        named.setdefault(id(v), 'C.' + k)
    for n, v in (('B', ns['B']), ('S', ns['S'])):
        named.setdefault(id(v), n)
    types = all_types()
    blocks = blocks_of(log, types)
    for i, b in enumerate(blocks):
        if not b['freed'] and b['what']:
            o = b['addr'] + pre_bytes(next(t for t in types.values() if t.__name__ == b['what'] and id(t) in
                                           (words(b['addr'], 6))))
            if o not in named:
                named[o] = value_label(object_at(o)) if b['what'] in ('str', 'int') else b['what'] + '@block%d' % i
            b['name'] = named[o]
            b['pre'] = o - b['addr']
    labels = Labels(blocks, named)
    size = TYPE_SIZE + type.__itemsize__ * word(addr + 16)
    type_words = []
    for i, w in enumerate(words(addr - 16, size // 8 + 2)):
        if w and i > 2:
            offset = 8 * i - 16
            type_words.append([offset, TYPE_FIELDS.get(offset, ''), describe(w, labels, offset)])
    keys = word(addr + next(o for o, n in TYPE_FIELDS.items() if n == 'ht_cached_keys'))
    out_blocks = []
    for b in blocks:
        held = [] if b['freed'] else holders(b, blocks, named)
        is_ = b.get('name') or b['what']
        end = 'freed' if b['freed'] else 'held' if held else 'free list'
        out_blocks.append([b.get('sizes', b['size']), b['domain'], is_, end, held[:2]])
    record = {'case': case, 'source': source, 'blocks': out_blocks,
              'gen0': tracked, 'refcounts': {k: '%x' % v for k, v in refs.items()}, 'dict': entries,
              'type_bytes': len(words(addr, size // 8)) * 8, 'type_words': type_words,
              'flags': '%x' % word(addr + 168), 'basicsize': C.__basicsize__}
    if keys:
        head = words(keys, 4)
        record['cached_keys'] = {'words': ['%x' % w for w in head], 'indices': posix.pread(mem, 64, keys + 32).hex(),
                                 'entries': [describe(w, labels) for w in words(keys + 32 + 64, 60) if w]}
    C = log = labels = named = v = None
    if case != 'exception':
        record['instances'] = instances(ns, case)
    # what a full collection finds when the class's name is gone: without and with a full collection in between
    found = []
    for between in (False, True):
        ns.pop('C', None)
        gc.collect()
        exec(code, ns)
        if between:
            gc.collect()
        del ns['C']
        found.append(gc.collect())
    record['collected'] = found
    exec(code, ns)
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    del ns['C']
    gc.collect()
    gc.set_debug(0)
    record['garbage'] = [value_label(o) if not isinstance(o, (dict, tuple)) else type(o).__name__ for o in gc.garbage]
    gc.garbage.clear()
    gc.collect()
    return record


def instance_words(o, labels, size):
    """pre-header, object and inline values, as one list of words; GC links only as `gc` when there are any"""
    pre = pre_bytes(type(o))
    ws = [describe(w, labels) for w in words(id(o) - pre, size // 8)]
    ws[pre // 8] = 'count'              # this recorder's own references are in it
    if pre == 32 and VERSION < '3.13':
        v = word(id(o) - 32) if VERSION < '3.12' else word(id(o) - 24)
        if VERSION < '3.12' and v:
            ws[0] = '@values'
        elif v & 1:
            ws[1] = '@values-1'
    if pre:
        for i in (pre // 8 - 2, pre // 8 - 1):
            ws[i] = 'gc' if ws[i] != '0' else '0'
    if word(id(type(o)) + 168) & INLINE_VALUES:
        at = (pre + type(o).__basicsize__) // 8
        ws[at] = '%016x' % word(id(o) + type(o).__basicsize__)
        order = at + 1 + int(ws[at][-2:], 16)
        for i in range(order, len(ws)):
            ws[i] = '%016x' % word(id(o) - pre + 8 * i)
    return squeeze(ws)


def dict_state(d, o):
    used, tag, keys, values = words(id(d) + 16, 4)
    head = posix.pread(mem, 32, keys)
    where = None if not values else 'inline' if values == id(o) + type(o).__basicsize__ else 'block'
    return {'used': used, 'log2_size': head[8], 'kind': head[10], 'usable': int.from_bytes(head[16:24], 'little'),
            'nentries': int.from_bytes(head[24:32], 'little'), 'dk_refcnt': int.from_bytes(head[:8], 'little'), 'values': where,
            'tracked': gc.is_tracked(d), 'items': list(d.items())[:40] if len(d) < 6 else len(d)}


def instance_state(o, labels, block_bytes, live):
    state = {'words': instance_words(o, labels, block_bytes)}
    flags = word(id(type(o)) + 168)
    if flags & MANAGED_DICT and VERSION < '3.13':      # the separate block of values
        v = word(id(o) - 32) if VERSION < '3.12' else word(id(o) - 24)
        v = v if VERSION < '3.12' else v + 1 if v & 1 else 0
        has = hasattr_dict(o)
        v = v or (word(has + 40) if has else 0)
        if v:
            prefix = posix.pread(mem, 1, v - 1)[0]
            size = live.get(v - prefix)
            shown = 2 + shared_keys(type(o))['nentries']
            state['values_prefix'] = posix.pread(mem, shown, v - shown).hex()
            state['values'] = squeeze([describe(w, labels) for w in words(v, (size - prefix) // 8)]) if size else None
    return state


def shared_keys(t):
    at = word(id(t) + next(o for o, n in TYPE_FIELDS.items() if n == 'ht_cached_keys'))
    head = posix.pread(mem, 32, at)
    return {'dk_refcnt': int.from_bytes(head[:8], 'little'), 'usable': int.from_bytes(head[16:24], 'little'),
            'nentries': int.from_bytes(head[24:32], 'little')} if at else None


def instances(ns, case):
    C = ns['C']
    types = all_types()
    out = {'first': [], 'steps': []}
    hold = []
    for i in range(32 if case in ('init', 'empty') else 3):
        gc.collect()                     # empty free lists
        _hooks.start(FILL)
        o = C()
        log = _hooks.stop()
        live = [b for b in blocks_of(log, types) if not b['freed']]
        hold.append(o)
        named = {id(C): 'C', id(o): 'self'}
        first = {'blocks': [[b['domain'], b['size'], b['what']] for b in live], 'getsizeof': sys.getsizeof(o), 'shared_keys': None}
        own = [b for b in live if b['what'] == 'C']
        if own and (i < 4 or i % 8 == 7):
            first.update(instance_state(o, Labels([], named), own[0]['size'], {b['addr']: b['size'] for b in live}))
        if word(id(C) + 168) & MANAGED_DICT:
            first['shared_keys'] = shared_keys(C)
        out['first'].append(first)
        o = None
    hold.clear()
    if case not in ('empty', 'init', 'slots', 'slots_dict', 'list_subclass'):
        return out
    # a class of its own, so that its shared keys are fresh
    del ns['C']
    C = None
    exec(CASES[case], ns)
    C = ns['C']
    types = all_types()

    def run(program, steps):
        gc.collect()
        _hooks.start(FILL)
        o = C()
        made = blocks_of(_hooks.stop(), types)
        size = next(b['size'] for b in made if b['what'] == 'C')
        live = {b['addr']: b['size'] for b in made if not b['freed']}
        names = {'o': o}
        for source in [''] + program:
            code = compile(source, '<step>', 'exec')
            gc.collect()
            error, c0 = None, gc.get_count()[0]
            _hooks.start(FILL)
            try:
                exec(code, names)
            except Exception as e:
                error = type(e).__name__
                e = None
            c1 = gc.get_count()[0]
            log = _hooks.stop()
            named = {id(C): 'C', id(o): 'self'}
            state = {'do': source}
            if error:
                state['error'] = error
            state['log'] = ['%s %s %s' % (op, d, (type_in(h, types) or '') if op == 'f' else s) for op, d, s, a, b, h in log[1:-1]
                            if op != 'f' or type_in(h, types) != 'str']
            live.update((b, s) for op, d, s, a, b, h in log if op != 'f')
            has = hasattr_dict(o)
            if has:
                named[has] = 'self.__dict__'
            state.update(instance_state(o, Labels([], named), size, live))
            if has:
                d = object_at(has)
                state['dict'] = dict_state(d, o)
                d = None
            if word(id(C) + 168) & MANAGED_DICT:
                state['shared_keys'] = shared_keys(C)
            state['getsizeof'] = sys.getsizeof(o)
            state['count0'] = c1 - c0
            steps.append(state)
        names = None

    if case == 'slots':
        program = ['o.p = 1', 'o.q = "value"', 'del o.p', 'o.zz = 1']
        steps = []
        run(program, steps)
        out['steps'] = [steps]
        return out
    programs = [
        ['o.a = 1', 'o.b = 2', 'o.c = 3', 'o.__dict__', 'del o.b', 'o.b = 4', 'o.d = 5'],
        ['o.a = 1', 'o.b = 2', 'del o.a', 'o.a = 3', 'del o.a', 'del o.b', 'o.z = 1'],
        ['o.b = 1', 'o.a = 2', 'o.c = 3', 'o.__dict__.clear()', 'o.n = 1', 'o.__dict__.popitem()'],
        ['o.__dict__', 'o.a = 1', 'o.__dict__["b"] = 2', 'o.__dict__[3] = 4', 'del o.__dict__["b"]'],
        ['o.a = 1', 'o.__dict__ = {"q": 1}', 'o.r = 2', 'del o.q', 'o.__dict__ = {}', 'del o.__dict__', 'o.a = 5'],
        ['o.v%d = %d' % (i, i) for i in range(33)],
        ['o.w%d = %d' % (i, i) for i in range(3)],
    ]
    out['steps'] = []
    for program in programs:
        steps = []
        run(program, steps)
        out['steps'].append(steps)
    return out


def hasattr_dict(o):
    """address of the instance's dict object if there is one already"""
    t = type(o)
    flags = word(id(t) + 168)
    if flags & MANAGED_DICT:
        w = word(id(o) - 24)
        return 0 if VERSION.startswith('3.12') and w & 1 else w
    if t.__dictoffset__ > 0:
        return word(id(o) + t.__dictoffset__)
    return 0


for case, source in CASES.items():
    print(json.dumps(class_record(case, source), separators=(',', ':')))
