/* pymalloc_trace: drive the REAL pymalloc of a CPython shared library through a
 * reproducible sequence of malloc/realloc/free calls and print every address.
 *
 * record_pymalloc.sh compiles it for one interpreter, whose internal headers say where the state
 * of obmalloc hangs and how big it is.
 *
 * A pristine allocator:
 *   preinit : call before Py_Initialize (state is static data)              3.11
 *   swap    : after Py_Initialize the interpreter's obmalloc state is replaced
 *             by a zeroed one with empty size-class lists, the trace runs with
 *             no Python code between the calls, then the old one is put back.
 *             3.12.0-3.12.1: state is embedded in PyInterpreterState (copy out/in)
 *             3.12.2+/3.13+: state is behind a pointer (pointer swap)
 * Arenas come from our own arena allocator: consecutive slices of one reserved
 * 1 MiB-aligned region (+ misalignment on demand), never reused, so every run gives
 * the same relative addresses. Each lies MISALIGNMENT_STEP (environment) bytes further from a
 * boundary than the one before.
 *
 * Output, CSV:   i,op,slot,size,where
 *   where = A<serial>:<offset from arena start>   block served by pymalloc
 *           raw                                   block served by malloc
 *           -                                     free
 *   #arena+ / #arena- lines: arena taken / given back (serial)
 *   #stats: after every STATISTICS-th operation (environment) and at the end what sys._debugmallocstats() printed then,
 *   `size:pools:blocks in use:avail blocks` of each size class it names, then its other figures by name, then
 *   `getallocatedblocks=N`.
 *
 * mode `whole`: no seed but pieces of Python code; logged is each call of the object and memory domains from before
 * Py_Initialize on, that is, the interpreter itself. Statistics after start-up and after each piece.
 */
#define _GNU_SOURCE
#define Py_BUILD_CORE 1
#include <Python.h>
#include <internal/pycore_interp.h>
#if PY_VERSION_HEX >= 0x030c0000
#  include <internal/pycore_obmalloc.h>
#  define HAVE_STATE 1
#  if PY_VERSION_HEX >= 0x030d0000
#    define STATE_PTR 1
#  endif
#endif
#include <sys/mman.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA (1u << 20)
#define POOL  (1u << 14)
#define MAXAR 512
static char *region, *next_at;
static int serial_of[MAXAR];      /* slice index -> serial (or -1) */
static int n_serial;
static size_t misalign, step;     /* of the first arena; from one arena to the next */
static size_t at_arena(int k) { return (misalign + (size_t)k * step) % ARENA; }
static FILE *out;

static void *arena_alloc(void *ctx, size_t size) {
    (void)ctx;
    if (size != ARENA) return malloc(size);   /* a chunk of the stack of frames */
    int k = n_serial;
    if (k >= MAXAR - 1) return NULL;
    char *p = region + (size_t)k * 2 * ARENA + at_arena(k);
    n_serial++;
    fprintf(out, "#arena+ %d misalign=%zu\n", k, at_arena(k));
    return p;
}
static void arena_free(void *ctx, void *p, size_t size) {
    (void)ctx;
    if (size != ARENA) { free(p); return; }
    int k = (int)(((char *)p - region) / (2 * ARENA));
    fprintf(out, "#arena- %d\n", k);
}
static void put(long i, char op, long slot, size_t size, void *p) {
    char *c = p;
    if (op == 'f') fprintf(out, "%ld,f,%ld,0,-\n", i, slot);
    else if (c >= region && c < region + (size_t)MAXAR * 2 * ARENA) {
        int k = (int)((c - region) / (2 * ARENA));
        fprintf(out, "%ld,%c,%ld,%zu,A%d:%zu\n", i, op, slot, size, k,
                (size_t)(c - (region + (size_t)k * 2 * ARENA + at_arena(k))));
    } else fprintf(out, "%ld,%c,%ld,%zu,raw\n", i, op, slot, size);
}

/* What the interpreter reports of itself must not change what it reports on: an int that it returns goes elsewhere. */
static char aside_bytes[1 << 16];
static size_t n_aside;
static void *aside_malloc(void *c, size_t n) {
    (void)c;
    n_aside += (n + 15) / 16 * 16;
    return n_aside > sizeof aside_bytes ? NULL : aside_bytes + n_aside - (n + 15) / 16 * 16;
}
static void *aside_calloc(void *c, size_t k, size_t n) { return aside_malloc(c, k * n); }
static void *aside_realloc(void *c, void *p, size_t n) { (void)p; return aside_malloc(c, n); }
static void aside_free(void *c, void *p) { (void)c; (void)p; }
static int is_aside(void *p) { return (char *)p >= aside_bytes && (char *)p < aside_bytes + sizeof aside_bytes; }
static PyMemAllocatorEx obj, mem, aside = {NULL, aside_malloc, aside_calloc, aside_realloc, aside_free};
static PyObject *debugmallocstats, *getallocatedblocks;
static long every;

static void prepare_statistics(void) {
    every = getenv("STATISTICS") ? atol(getenv("STATISTICS")) : 0;
    if (!Py_IsInitialized()) return;
    debugmallocstats = PySys_GetObject("_debugmallocstats");
    getallocatedblocks = PySys_GetObject("getallocatedblocks");
}
static void statistics(void) {
    static char *text; static size_t n;
    long blocks = 0;
    FILE *was = stderr;
    stderr = open_memstream(&text, &n);
#ifdef HAVE_STATE
    Py_XDECREF(PyObject_CallNoArgs(debugmallocstats));
    PyMemAllocatorEx now;
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &now);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &aside);
    PyObject *number = PyObject_CallNoArgs(getallocatedblocks);
    blocks = PyLong_AsLong(number);
    Py_DECREF(number);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &now);
#else
    extern int _PyObject_DebugMallocStats(FILE *);
    extern Py_ssize_t _Py_GetAllocatedBlocks(void);
    _PyObject_DebugMallocStats(stderr);
    blocks = _Py_GetAllocatedBlocks();
#endif
    fclose(stderr);
    stderr = was;
    fputs("#stats", out);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        long szidx, size, pools, used, avail;
        if (sscanf(line, " %ld %ld %ld %ld %ld", &szidx, &size, &pools, &used, &avail) == 5)
            fprintf(out, " %ld:%ld:%ld:%ld", size, pools, used, avail);
        char *equals = strchr(line, '=');
        if (!equals || (line[0] != '#' && !strstr(line, "pools *") && strncmp(line, "Total", 5))) continue;
        char *end = equals;
        while (end > line && end[-1] == ' ') end--;
        *end = 0;
        fprintf(out, ";%s=", line + (line[0] == '#' ? 2 : 0));
        for (char *c = equals + 1; *c; c++) if (*c >= '0' && *c <= '9') fputc(*c, out);
    }
    fprintf(out, ";getallocatedblocks=%ld\n", blocks);
}
static void done(long i) { if (every && i % every == 0) statistics(); }

/* xorshift64* : the model needs the same one to be driven by a seed */
static uint64_t rs;
static uint64_t rnd(void) { rs ^= rs >> 12; rs ^= rs << 25; rs ^= rs >> 27; return rs * 0x2545F4914F6CDD1DULL; }
static uint64_t below(uint64_t n) { return (rnd() >> 11) % n; }

static void trace_seed(uint64_t seed, long nops, long nslots, long maxsize) {
    void **s = calloc(nslots, sizeof *s);
    rs = seed ? seed : 1;
    long i = 0;
    for (; i < nops; i++) {
        long slot = (long)below(nslots);
        uint64_t r = below(100);
        size_t size = (size_t)below(maxsize + 1);
        /* three phases: grow, steady, shrink */
        int pf = i < nops / 3 ? 15 : i < 2 * nops / 3 ? 60 : 90;
        if (s[slot] == NULL) {
            if (i >= 2 * nops / 3 && r < 80) { i--; nops--; continue; }
            s[slot] = PyObject_Malloc(size); put(i, 'm', slot, size, s[slot]); done(i);
        } else if ((int)r < pf) { PyObject_Free(s[slot]); s[slot] = NULL; put(i, 'f', slot, 0, NULL); done(i); }
        else { s[slot] = PyObject_Realloc(s[slot], size); put(i, 'r', slot, size, s[slot]); done(i); }
    }
    for (long k = 0; k < nslots; k++) {           /* drain in slot order */
        if (s[k]) { PyObject_Free(s[k]); s[k] = NULL; put(i++, 'f', k, 0, NULL); }
    }
    if (every) statistics();
    free(s);
}
static void trace_file(FILE *in) {
    char op; long slot; unsigned long size; long i = 0;
    static void *s[1 << 20];
    while (fscanf(in, " %c %ld %lu", &op, &slot, &size) == 3) {
        if (op == 'm') s[slot] = PyObject_Malloc(size);
        else if (op == 'r') s[slot] = PyObject_Realloc(s[slot], size);
        else { PyObject_Free(s[slot]); s[slot] = NULL; }
        put(i++, op, slot, size, s[slot]);
        done(i);
    }
    if (every) statistics();
}

/* mode `whole`: address -> slot, by open addressing; a slot that is free again is taken first */
#define PLACES (1u << 22)
static struct { uintptr_t block; long slot; } places[PLACES];
static long free_slots[PLACES], n_free_slots, n_slots, n_logged;
static unsigned place_of(uintptr_t block) {
    unsigned i = (unsigned)((block >> 4) * 2654435761u) % PLACES;
    while (places[i].block && places[i].block != block) i = (i + 1) % PLACES;
    return i;
}
static void enter(void *p, long slot) { unsigned i = place_of((uintptr_t)p); places[i].block = (uintptr_t)p; places[i].slot = slot; }
static long leave(void *p) {
    unsigned i = place_of((uintptr_t)p);
    if (!places[i].block) { fprintf(stderr, "a block that nobody allocated\n"); exit(3); }
    long slot = places[i].slot;
    places[i].block = 0;
    for (unsigned j = (i + 1) % PLACES; places[j].block; j = (j + 1) % PLACES) {   /* those behind may have been pushed there */
        uintptr_t block = places[j].block;
        long moved = places[j].slot;
        places[j].block = 0;
        enter((void *)block, moved);
    }
    return slot;
}
static void *logged(void *p, size_t n) {
    long slot = n_free_slots ? free_slots[--n_free_slots] : n_slots++;
    enter(p, slot);
    put(n_logged++, 'm', slot, n, p);
    return p;
}
static void *log_malloc(void *c, size_t n) { PyMemAllocatorEx *r = c; return logged(r->malloc(r->ctx, n), n); }
static void *log_calloc(void *c, size_t k, size_t n) { PyMemAllocatorEx *r = c; return logged(r->calloc(r->ctx, k, n), k * n); }
static void *log_realloc(void *c, void *p, size_t n) {
    PyMemAllocatorEx *r = c;
    if (!p) return logged(r->realloc(r->ctx, p, n), n);
    long slot = leave(p);
    void *q = r->realloc(r->ctx, p, n);
    enter(q, slot);
    put(n_logged++, 'r', slot, n, q);
    return q;
}
static void log_free(void *c, void *p) {
    PyMemAllocatorEx *r = c;
    if (!p || is_aside(p)) return;
    long slot = leave(p);
    r->free(r->ctx, p);
    put(n_logged++, 'f', slot, 0, NULL);
    free_slots[n_free_slots++] = slot;
}
static PyMemAllocatorEx log_obj = {&obj, log_malloc, log_calloc, log_realloc, log_free}, log_mem = {&mem, log_malloc, log_calloc, log_realloc, log_free};
static void logging(int on) {
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, on ? &log_obj : &obj);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, on ? &log_mem : &mem);
}
static void initialize(void) {
    PyConfig c;
    PyConfig_InitIsolatedConfig(&c);
    c.site_import = 0;
    if (getenv("PYTHONHOME")) {
        wchar_t *w = Py_DecodeLocale(getenv("PYTHONHOME"), NULL);
        PyConfig_SetString(&c, &c.home, w);
        PyMem_RawFree(w);
    }
    PyStatus st = Py_InitializeFromConfig(&c);
    if (PyStatus_Exception(st)) { fprintf(stderr, "init: %s\n", st.err_msg ? st.err_msg : "?"); exit(4); }
    PyConfig_Clear(&c);
}
static void whole(int n, char **pieces) {
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &obj);
    PyMem_GetAllocator(PYMEM_DOMAIN_MEM, &mem);
    logging(1);
    initialize();
    prepare_statistics();
    for (int i = 0; i <= n; i++) {
        if (i && PyRun_SimpleString(pieces[i - 1])) exit(5);
        logging(0);
        statistics();
        logging(1);
    }
    fflush(out);
    _exit(0);
}

int main(int argc, char **argv) {
    /* mode seed nops nslots maxsize misalign | mode - misalign (ops on stdin) | whole CODE... */
    const char *mode = argc > 1 ? argv[1] : "swap";
    int fromfile = argc > 2 && !strcmp(argv[2], "-");
    uint64_t seed = argc > 2 && !fromfile ? strtoull(argv[2], 0, 0) : 1;
    long nops = argc > 3 ? atol(argv[3]) : 20000, nslots = argc > 4 ? atol(argv[4]) : 4000;
    long maxsize = argc > 5 ? atol(argv[5]) : 600;
    int is_whole = !strcmp(mode, "whole");
    misalign = is_whole ? (size_t)atol(getenv("MISALIGNMENT")) : fromfile ? (argc > 3 ? (size_t)atol(argv[3]) : 0) : (argc > 6 ? (size_t)atol(argv[6]) : 0);
    step = getenv("MISALIGNMENT_STEP") ? (size_t)atol(getenv("MISALIGNMENT_STEP")) : 0;
    out = stdout;
    static char obuf[1 << 16]; setvbuf(out, obuf, _IOFBF, sizeof obuf);
    char *r = mmap(NULL, (size_t)(MAXAR + 1) * 2 * ARENA, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (r == MAP_FAILED) { perror("mmap"); return 2; }
    region = (char *)(((uintptr_t)r + 2 * ARENA - 1) & ~(uintptr_t)(2 * ARENA - 1));
    PyObjectArenaAllocator mine = {NULL, arena_alloc, arena_free};
    fprintf(out, "#python %s mode=%s\n", PY_VERSION, mode);

    if (is_whole) {
        PyObject_SetArenaAllocator(&mine);
        whole(argc - 2, argv + 2);
    }
    if (!strcmp(mode, "preinit")) {
        prepare_statistics();
        PyObject_SetArenaAllocator(&mine);
        if (fromfile) trace_file(stdin); else trace_seed(seed, nops, nslots, maxsize);
        fflush(out);
        _exit(0);
    }
#ifdef HAVE_STATE
    initialize();
    prepare_statistics();
    PyInterpreterState *in = PyInterpreterState_Get();
    PyObjectArenaAllocator old; PyObject_GetArenaAllocator(&old);
    PyObject_SetArenaAllocator(&mine);
#ifdef STATE_PTR
    struct _obmalloc_state *fresh = mmap(NULL, sizeof *fresh, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct _obmalloc_state *saved = in->obmalloc;
#else
    struct _obmalloc_state *fresh = &in->obmalloc;
    struct _obmalloc_state *saved = malloc(sizeof *saved);
    memcpy(saved, fresh, sizeof *saved);
    memset(fresh, 0, sizeof *fresh);
#endif
    /* every size class: an empty ring whose head overlaps used[2i], used[2i+1] */
    for (int i = 0; i < OBMALLOC_USED_POOLS_SIZE / 2; i++) {
        poolp h = (poolp)((char *)&fresh->pools.used[2 * i] - 2 * sizeof(void *));
        fresh->pools.used[2 * i] = h;
        fresh->pools.used[2 * i + 1] = h;
    }
#ifdef STATE_PTR
    in->obmalloc = fresh;
#endif
    if (fromfile) trace_file(stdin); else trace_seed(seed, nops, nslots, maxsize);
#ifdef STATE_PTR
    in->obmalloc = saved;
#else
    memcpy(fresh, saved, sizeof *saved);
#endif
    PyObject_SetArenaAllocator(&old);
    fflush(out);
    if (PyRun_SimpleString("import sys; sys.stderr.write('still alive ' + sys.version.split()[0] + '\\n')")) return 5;
    fflush(NULL);
    _exit(0);
#else
    fprintf(stderr, "no per-interpreter state in this version: use preinit\n");
    return 6;
#endif
}
