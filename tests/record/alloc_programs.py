"""alloc_programs.py: each call of the allocator that random programs of creating, linking and dropping cause.

Run by record_merged.sh; needs build.sh. The loop that runs the commands allocates nothing itself.
"""
import sys, os, json, gc
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from look import VERSION
import _hooks
from commands import Random, do
gc.disable()
CLASS = 'class Inst: pass'


def run(it, handles, start, pause, Inst, collect, mark):
    start()
    for op in it:
        do(op, handles, Inst)
        if op[0] == 'collect':
            collect(op[1])
        mark()
    pause()


def program(seed):
    random = Random(seed + 31000)
    ops, held, boxes, made = [], [], {}, 0
    attributes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    dictkeys = 0
    for step in range((40, 80, 160)[seed % 3]):
        r = random(100)
        if r < 34 or len(held) < 3:
            kinds = ('list', 'list', 'dict', 'dict', 'set', 'node', 'inst', 'inst', 'tuple', 'tuple', 'int', 'big', 'float', 'str', 'ucs2', 'bytes', 'vars')
            kind = kinds[random(len(kinds))]
            if seed >= 60 and kind in ('set', 'node', 'inst', 'vars', 'big'):        # plain containers alone
                kind = 'list' if random(2) else 'dict'
            insts = [i for i in held if boxes[i][0] == 'inst']
            if kind == 'tuple' and not held or kind == 'vars' and not insts:
                kind = 'list'
            if kind == 'tuple':
                n = 1 + random(3)
                ops.append(['tuple%d' % n, made] + [held[random(len(held))] for _ in range(n)])
            elif kind == 'vars':
                ops.append(['vars', made, insts[random(len(insts))]])
            elif kind in ('node', 'int', 'big', 'float'):
                ops.append([kind, made, random(40)])
            elif kind in ('str', 'ucs2', 'bytes'):
                ops.append([kind, made, 'x' * random(30)])
            else:
                ops.append([kind, made])
            boxes[made] = (kind, [])
            held.append(made)
            made += 1
            continue
        a, b = held[random(len(held))], held[random(len(held))]
        kind, items = boxes[a]
        if r < 66:
            for _ in range(1 + (random(4) == 0) * random(12)):
                b = held[random(len(held))]
                if kind == 'list':
                    i = random(len(items) + 1)
                    ops.append(['append', a, b] if random(4) else ['insert', a, i, b]); items.append(b)
                elif kind == 'dict':
                    key = (dictkeys if random(2) else attributes[random(8)]) if seed % 2 else attributes[random(8)]
                    dictkeys += 1
                    ops.append(['put', a, key, b])
                    if key not in items:
                        items.append(key)
                elif kind == 'set':
                    nodes = [i for i in held if boxes[i][0] in ('node', 'int', 'float')]
                    if nodes:
                        ops.append(['add', a, nodes[random(len(nodes))]])
                elif kind in ('inst', 'node'):
                    name = attributes[random(8)] if kind == 'inst' else 'pq'[random(2)]
                    ops.append(['attr', a, name, b])
                    if name not in items:
                        items.append(name)
        elif r < 76:
            if kind == 'list' and items:
                i = random(len(items))
                ops.append(['del', a, i] if random(2) or seed >= 60 else ['pop', a]); items.pop()
            elif kind == 'dict' and items:
                ops.append(['del', a, items.pop(random(len(items)))])
            elif kind in ('inst', 'node') and items:
                ops.append(['delattr', a, items.pop(random(len(items)))])
            if kind in ('list', 'dict', 'set') and random(6) == 0:
                ops.append(['clear', a]); items.clear()
        elif r < 97:
            ops.append(['drop', a]); held.remove(a)
        else:
            ops.append(['collect', random(3)])
    for i in held:
        ops.append(['drop', i])
    ops.append(['collect', 2])
    return ops, made


def record(seed):
    ops, made = program(seed)
    stored = [list(op) for op in ops]
    for op in ops:                       # keys and names are shared objects, bytes are bytes
        if op[0] == 'bytes':
            op[2] = op[2].encode()
    handles = [None] * made
    ns = {'__name__': 'm'}
    exec(CLASS, ns)
    it = iter(ops)
    arguments = it, handles, _hooks.start, _hooks.pause, ns['Inst'], gc.collect, _hooks.mark
    gc.collect()
    gc.collect()
    run(*arguments)
    log = _hooks.stop()
    serial, live, per, lines = 0, {}, [], []
    for o, domain, size, old, new, head in log:
        if o == '|':
            lines.append(per)
            per = []
        elif o in 'mc':
            live[new] = serial
            per.append('%s%d' % (domain, size))
            serial += 1
        elif o == 'r' and (old in live or not old):
            if not old:
                live[new] = serial
                per.append('%s%d' % (domain, size))
                serial += 1
            else:
                n = live.pop(old)
                live[new] = n
                per.append('r%d:%d%s' % (n, size, '' if old == new else '!'))
        elif o == 'f' and old in live:
            per.append('f%d' % live.pop(old))
        # else: a block older than the program, say a name that only the type cache knew
    assert len(lines) == len(ops), (len(lines), len(ops))
    print(json.dumps({'id': seed, 'objects': made, 'left': len(live), 'program': [op + [' '.join(l)] for op, l in zip(stored, lines)]}, separators=(',', ':')))


for seed in range(84):
    record(seed)
