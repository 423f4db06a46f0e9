import gc, time, sys
def build(case, n):
    s = 1
    M = (1 << 64) - 1
    def below(k):
        nonlocal s
        s ^= s >> 12; s ^= (s << 25) & M; s ^= s >> 27
        return (((s * 0x2545F4914F6CDD1D) & M) >> 11) % k
    L = [[] for _ in range(n)]
    for i in range(n):
        if case in ("pairs alive", "two-cycles garbage"): t = [i ^ 1]
        elif case == "random alive": t = [below(n), below(n)]
        elif case == "random half garbage": t = [below(n // 2) * 2 + i % 2, below(n // 2) * 2 + i % 2]
        else: t = [(i + 1) % n]
        for j in t: L[i].append(L[j])
    return L if case.endswith("alive") else L[::2] if case == "random half garbage" else []
gc.disable(); gc.collect(); gc.freeze()
cases, sizes = sys.argv[1].split(","), [int(n) for n in sys.argv[2].split(",")]
for case in cases:
    for n in sizes:
        r = []
        for _ in range(int(sys.argv[3])):
            keep = build(case, n)
            t = time.perf_counter_ns(); gc.collect(); r.append((time.perf_counter_ns() - t) / n)
            del keep; gc.collect()
        print(min(r), flush=True)
