"""gc_thresholds.py: when collections start by themselves in large programs, most with the release's own thresholds.

Run by record_merged.sh; needs build.sh. A program is a list of runs of the commands of commands.py, see expand(); everything
the interpreter has of its own is frozen first, so that long_lived_total counts the program's objects alone.
"""
import sys, os, json, gc
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from look import VERSION        # finds lib/VERSION
import _lists
from commands import Random, do
gc.disable()
OWN = gc.get_threshold()


class Inst:
    pass


def check():
    """where the interpreter notices that a collection was asked for"""


def run(it, handles, count):
    for op in it:
        do(op, handles, Inst)
        check()
        count()


def expand(runs):
    """`KIND n`: n objects, a tuple of the one made before; `ring n`: n lists that hold themselves; `first n`, `last n`: that many
    handles are dropped, the oldest or the newest first; `half`: every other handle is"""
    ops, held, made = [], [], 0
    for what, n in runs:
        if what in ('first', 'last'):
            for _ in range(n):
                ops.append(['drop', held.pop(0 if what == 'first' else -1)])
        elif what == 'half':
            ops += [['drop', i] for i in held[1::2]]
            held = held[::2]
        else:
            for _ in range(n):
                kind = 'list' if what == 'ring' or not held else what
                ops.append([kind, made] + ([held[-1]] if kind == 'tuple1' else []))
                if what == 'ring':
                    ops.append(['append', made, made])
                held.append(made)
                made += 1
    return ops, made


def program(seed):
    random, held, runs = Random(seed + 900), 0, []
    for _ in range(14):
        r = random(10)
        if r < 7 or not held:
            n = (100 + random(2400)) * (14 if seed == 7 else 1)      # one program is large enough for a full collection
            runs.append([('list', 'dict', 'set', 'inst', 'tuple1', 'ring', 'ring')[random(7)], n])
            held += n
        elif r < 9:
            n = random(held)
            runs.append([('first', 'last')[r - 7], n])
            held -= n
        else:
            runs.append(['half', 0])
            held -= held // 2
    return runs


def record(seed):
    thresholds = None if seed < 8 else ((300, 3, 2), (90, 2, 1), (50, 4, 0), (700, 10, 10))[seed % 4]
    runs = program(seed)
    ops, made = expand(runs)
    handles = [None] * made
    _lists.untrack(handles)
    it = iter(ops)
    _lists.forget()
    arguments = it, handles, _lists.count
    gc.freeze()
    gc.collect()
    gc.collect()
    gc.set_threshold(*thresholds or OWN)
    gc.enable()
    run(*arguments)
    gc.disable()
    numbers = _lists.take()
    gc.unfreeze()
    out, last = [], [0, 0, 0, 0]
    for i in range(len(ops)):
        counts = numbers[5 * i:5 * i + 5]
        if counts[1:] != last or i == len(ops) - 1:
            out.append([i] + counts)
            last = counts[1:]
    print(json.dumps({'id': seed, 'thresholds': thresholds, 'runs': runs, 'changes': out}, separators=(',', ':')))
    handles.clear()
    gc.collect()


for seed in range(16):
    record(seed)
