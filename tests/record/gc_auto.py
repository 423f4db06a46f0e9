"""gc_auto.py: automatic collections of small thresholds. Run by record_merged.sh; needs build.sh.

The same command language as gc_graphs.py. Everything the interpreter has of its own is frozen first, so that
long_lived_total counts the program's objects alone.
"""
import sys, os, json, gc
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gc_graphs import *
from gc_graphs import _lists


def program(seed):
    random = Random(seed + 7000)
    ops, held, kinds, made = [], [], {}, 0
    for step in range(150):
        r = random(10)
        if r < 6 + (seed >= 24) or len(held) < 3:
            kind = ('list', 'dict', 'inst', 'node', 'set', 'list', 'tuple2', 'tuple1')[random(8)]
            if seed >= 16 and kind in ('inst', 'node', 'set'):
                kind = 'list'
            if kind.startswith('tuple') and not held:
                kind = 'list'
            inside = [held[random(len(held))] for _ in range(int(kind[5:]))] if kind.startswith('tuple') else []
            ops.append([kind, made] + inside + ([random(40)] if kind == 'node' else []))
            kinds[made] = kind
            held.append(made)
            made += 1
        elif r < 8:
            a, b = held[random(len(held))], held[random(len(held))]
            if kinds[a] == 'list':
                ops.append(['append', a, b])
            elif kinds[a] == 'dict':
                ops.append(['put', a, step, b])
            elif kinds[a] in ('inst', 'node'):
                ops.append(['attr', a, 'pq'[random(2)], b])
            else:
                continue
        else:
            a = held.pop(random(len(held)) if random(2) else -1)
            ops.append(['drop', a])
    return ops, made


def record(seed):
    thresholds = ((5, 2, 2), (10, 3, 1), (3, 1, 1), (20, 2, 1), (1, 1, 1), (7, 0, 0), (4, 5, 3), (0, 1, 1))[seed % 8] if seed < 24 else ((1, 0, 0), (2, 0, 0), (3, 0, 1))[seed % 3]
    ops, made = program(seed)
    handles = [None] * made
    _lists.untrack(handles)
    it = iter(ops)
    _lists.forget()
    arguments = it, handles, [], [0], _lists.look, _lists.register, gc.collect, gc.freeze, gc.unfreeze, True
    gc.freeze()
    gc.collect()
    gc.collect()
    gc.set_threshold(*thresholds)
    gc.enable()
    run(*arguments)
    gc.disable()
    looks = unpack(_lists.take())
    gc.unfreeze()
    gc.set_threshold(2000, 10, 10)
    out, last = [], None
    for op, (counts, lists, others, alive, long_lived, stats) in zip(ops, looks, strict=True):
        entry = [counts]
        if last is None or (counts[1:], long_lived, lists[1:]) != last or counts[0] == 0:
            entry.append({'lists': lists[:3], 'long_lived': long_lived, 'stats': [[b - a for a, b in zip(*rows)] for rows in zip(looks[0][5], stats)],
                          'untracked': [i for i, rc, t in alive if not t],
                          'refcounts': [[i, rc] for i, rc, t in alive]})
        last = counts[1:], long_lived, lists[1:]
        out.append([op] + entry)
    print(json.dumps({'id': seed, 'objects': made, 'thresholds': thresholds, 'program': out}, separators=(',', ':')))


for seed in range(27):
    record(seed)
