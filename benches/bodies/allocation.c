/* The body of allocation.rs against the pymalloc of a real CPython: prints ns per operation for each number of live blocks.
 * gcc -O2 -I INCLUDE allocation.c -L LIBDIR -lpythonX.Y */
#include <Python.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    Py_Initialize();
    for (int k = 1; k < argc; k++) {
        uint64_t live = strtoull(argv[k], NULL, 10);
        void **blocks = malloc(live * sizeof *blocks);
        double runs[15];
        state = 0x2545f4914f6cdd1dULL;
        for (uint64_t i = 0; i < live; i++)
            blocks[i] = PyObject_Malloc(size());
        for (int r = 0; r < 15; r++) {
            double start = now();
            for (uint32_t i = 0; i < 1000000; i++) {
                size_t bytes = size();
                void **block = &blocks[((state >> 32) * live) >> 32];
                PyObject_Free(*block);
                *block = PyObject_Malloc(bytes);
            }
            runs[r] = (now() - start) / 2e6;
        }
        qsort(runs, 15, sizeof *runs, ascending);
        printf("%llu %.2f\n", (unsigned long long)live, runs[7]);
        for (uint64_t i = 0; i < live; i++)
            PyObject_Free(blocks[i]);
        free(blocks);
    }
    return 0;
}
