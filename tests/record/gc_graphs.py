"""gc_graphs.py: random object graphs and what each collection makes of them. Run by record_merged.sh; needs build.sh.

The interpreter of the little command language makes no container of its own while a program runs, so counts, lists and free
lists are those of the program alone.
"""
import sys, os, json, gc
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from look import VERSION        # finds lib/VERSION
import _lists
from commands import MAKERS, Random, do
gc.disable()


class Inst:
    pass


def run(it, handles, results, position, look, register, collect, freeze, unfreeze, each):
    """position: where in `results` the next return value goes, as a one-item list; each: look after every operation"""
    for op in it:
        do(op, handles, Inst)
        kind = op[0]
        if kind == 'freeze':
            freeze()
            look(handles)
        elif kind == 'unfreeze':
            unfreeze()
            look(handles)
        elif kind == 'look':
            look(handles)
        elif kind == 'collect':
            look(handles)
            results[position[0]] = collect(op[1])
            position[0] += 1
            look(handles)
        if kind in MAKERS:
            register(handles[op[1]], op[1])
        if each:
            look(handles)


class Box:
    """what the generator of programs has to know of an object: its kind and what it holds, by place"""

    def __init__(self, kind):
        self.kind, self.items, self.next = kind, [], 0


def program(seed):
    random = Random(seed)
    ops, boxes, held, made = [], {}, [], 0
    attributes = ['a', 'b', 'c', 'd']
    length = (24, 40, 70, 110)[seed % 4]
    style = seed // 4 % 3             # what is made most: anything, lists and dicts, instances
    for step in range(length):
        r = random(100)
        if seed >= 100:               # the later programs link more and drop more
            r = (r * 3 // 4, r, r, 34 + r * 2 // 3)[seed // 3 % 4]
        if r < 34 or len(held) < 3:
            kinds = ('list', 'dict', 'set', 'node', 'inst', 'tuple', 'vars', 'tuple'), ('list', 'dict', 'list', 'tuple'), ('inst', 'inst', 'node', 'vars', 'list')
            kind = kinds[style][random(len(kinds[style]))]
            insts = [i for i in held if boxes[i].kind == 'inst']
            if kind == 'tuple' and not held or kind == 'vars' and not insts:
                kind = 'list'
            if kind == 'tuple':
                n = 1 + random(3)
                inside = [held[random(len(held))] for _ in range(n)]
                ops.append(['tuple%d' % n, made] + inside)
            elif kind == 'vars':
                ops.append(['vars', made, insts[random(len(insts))]])
            elif kind == 'node':
                ops.append(['node', made, random(40)])
            else:
                ops.append([kind, made])
            boxes[made] = Box(kind)
            held.append(made)
            made += 1
            continue
        a, b = held[random(len(held))], held[random(len(held))]
        box = boxes[a]
        if r < 66:
            if box.kind == 'list':
                ops.append(['append', a, b]); box.items.append(b)
            elif box.kind == 'dict':
                ops.append(['put', a, box.next, b]); box.items.append(box.next); box.next += 1
            elif box.kind == 'set':
                nodes = [i for i in held if boxes[i].kind == 'node']
                if nodes:
                    b = nodes[random(len(nodes))]
                    ops.append(['add', a, b])
            elif box.kind == 'node':
                ops.append(['attr', a, 'pq'[random(2)], b])
                if ops[-1][2] not in box.items:
                    box.items.append(ops[-1][2])
            elif box.kind == 'inst':
                ops.append(['attr', a, attributes[random(4)], b])
                if ops[-1][2] not in box.items:
                    box.items.append(ops[-1][2])
        elif r < 74:
            if box.kind == 'list' and box.items:
                i = random(len(box.items))
                ops.append(['del', a, i]); del box.items[i]
            elif box.kind == 'dict' and box.items:
                ops.append(['del', a, box.items.pop(random(len(box.items)))])
            elif box.kind in ('node', 'inst') and box.items:
                ops.append(['delattr', a, box.items.pop(random(len(box.items)))])
            elif box.kind in ('list', 'dict', 'set') and random(3) == 0:
                ops.append(['clear', a]); box.items = []
        elif r < 88:
            ops.append(['drop', a]); held.remove(a)
        else:
            ops.append(['collect', (0, 0, 0, 1, 1, 2)[random(6)]])
        if seed % 10 == 7 and step in (20, 30):
            ops.append(['freeze'] if step == 20 else ['unfreeze'])
    ops += [['collect', 2], ['look']]
    for i in held:
        ops.append(['drop', i])
    ops += [['look'], ['collect', 2]]
    return ops, made


def unpack(numbers):
    """the records look() left, readable"""
    it, looks = iter(numbers), []
    for count0 in it:
        counts = [count0, next(it), next(it)]
        long_lived = [next(it), next(it)]
        stats = [[next(it), next(it), next(it)] for _ in range(3)]
        lists = []
        others = []
        for g in range(4):
            mine = next(it)
            others.append(next(it))
            lists.append([next(it) for _ in range(mine)])
        alive = sorted((next(it), next(it), next(it)) for _ in range(next(it)))
        looks.append((counts, lists, others, alive, long_lived, stats))
    return looks


def record(seed):
    ops, made = program(seed)
    handles = [None] * made
    _lists.untrack(handles)
    results, position = [None] * len(ops), [0]
    it = iter(ops)
    _lists.forget()
    arguments = it, handles, results, position, _lists.look, _lists.register, gc.collect, gc.freeze, gc.unfreeze, False
    gc.unfreeze()                    # a program may end frozen
    gc.collect()
    gc.collect()
    run(*arguments)
    looks = unpack(_lists.take())
    out, k, returned = [], 0, iter(results)
    for op in ops:
        n = {'collect': 2, 'look': 1, 'freeze': 1, 'unfreeze': 1}.get(op[0], 0)
        if not n:
            out.append(op)
            continue
        before, after = looks[k], looks[k + n - 1]
        k += n
        counts, lists, others, alive, long_lived, stats = after
        entry = {'count': counts, 'lists': lists[:3] if not lists[3] else lists, 'untracked': [i for i, rc, t in alive if not t],
                 'refcounts': [[i, rc] for i, rc, t in alive]}
        if op[0] == 'collect':
            changed = [b - a for a, b in zip(before[5][op[1]], stats[op[1]])]
            entry = {'before': before[0], 'returns': next(returned), 'stats': changed, **entry}
            assert [s for g, s in enumerate(stats) if g != op[1]] == [s for g, s in enumerate(before[5]) if g != op[1]]
            assert sum(others[:2]) == 0, (VERSION, seed, others)
        out.append(op + [entry])
    assert k == len(looks)
    print(json.dumps({'id': seed, 'objects': made, 'program': out}, separators=(',', ':')))


if __name__ == '__main__':
    for seed in range(200):
        record(seed)
