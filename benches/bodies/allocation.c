/* The body of allocation.rs, on the allocator whose two functions it is given: allocation.py gives it those of its own CPython.
 * Needs no header of CPython's. cc -O2 -shared -fPIC allocation.c -o allocation.so */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

typedef void *take(size_t);
typedef void give(void *);

static uint64_t state;

static size_t size(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return 1 + (state & 511);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static void run(take *allocate, give *release, void **blocks, uint64_t live, uint32_t steps)
{
    for (uint32_t i = 0; i < steps; i++) {
        size_t bytes = size();
        void **block = &blocks[((state >> 32) * live) >> 32];
        release(*block);
        *block = allocate(bytes);
    }
}

/* Nanoseconds per operation of `steps` steps with `live` blocks alive, after as many to warm up. */
double allocation(take *allocate, give *release, uint32_t live, uint32_t steps)
{
    void **blocks = malloc(live * sizeof *blocks);
    state = 0x2545f4914f6cdd1dULL;
    for (uint32_t i = 0; i < live; i++)
        blocks[i] = allocate(size());
    run(allocate, release, blocks, live, steps);
    double start = now();
    run(allocate, release, blocks, live, steps);
    double ns = (now() - start) / (2.0 * steps);
    for (uint32_t i = 0; i < live; i++)
        release(blocks[i]);
    free(blocks);
    return ns;
}
