/* _hooks.c: a log of what the object and memory domains allocate and free, for the recorders.
 *
 * start(fill = 0) begins (fresh blocks are filled with that byte unless it is 0), pause() ends, stop() ends and returns tuples (op, domain, size, address, new address, words): op 'm', 'c', 'r', 'f', or '|' where
 * mark() was called;
 * domain 'o' (PyObject_*) or 'm' (PyMem_*); words: what the block held at its beginning when it was freed, which tells
 * the type of the object it was, or, if there is a fill, the bytes of a block that was still there at pause(). The log itself lies in static memory. build.sh compiles it.
 *
 * snapshot() is a mark() that also copies every block that is there, and what watch(address, size) named before; snapshots() returns
 * the copies: lists of (number, address, bytes), the watched ones numbered from -1 down, the others from 0 in order of allocation. */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>
#include <string.h>

#define MAX_LOG 1000000
#define WORDS 6
struct entry { char op, domain; size_t size; void *old, *new_; uint64_t words[WORDS]; long copy; };
static struct entry entries[MAX_LOG];
static int count, on, poison;
static unsigned char copies[1 << 20];
static long copied;
static PyMemAllocatorEx real[2];

static struct { unsigned char *at; size_t size; long number; } there[20000], watched[1000];
static int n_there, n_watched;
static long numbers;
static unsigned char *shots;
static size_t n_shots, room_shots;

static void arrive(void *at, size_t size, long number)
{
    if (n_there == 20000) abort();
    int i = n_there++;
    for (; i && there[i - 1].number > number; i--) there[i] = there[i - 1];
    there[i].at = at; there[i].size = size; there[i].number = number;
}
static long leave(void *at)
{
    for (int i = 0; i < n_there; i++) if (there[i].at == at) {
        long number = there[i].number;
        memmove(there + i, there + i + 1, (--n_there - i) * sizeof there[0]);
        return number;
    }
    return -1;
}
static void follow(char op, size_t size, void *old, void *new_)
{
    long number = old && op != '|' ? leave(old) : -1;
    if ((op == 'm' || op == 'c' || (op == 'r' && !old)) && new_) arrive(new_, size, numbers++);
    else if (op == 'r' && number >= 0 && new_) arrive(new_, size, number);
}
static void keep(const void *from, size_t size)
{
    if (n_shots + size > room_shots) {
        room_shots = 2 * (n_shots + size);
        shots = realloc(shots, room_shots);
        if (!shots) abort();
    }
    memcpy(shots + n_shots, from, size);
    n_shots += size;
}
static void keep_block(long number, void *at, size_t size)
{
    uint64_t head[3] = {(uint64_t)number, (uintptr_t)at, size};
    keep(head, sizeof head);
    keep(at, size);
}
static struct entry *add(char op, void *ctx, size_t size, void *old, void *new_)
{
    if (!on || count >= MAX_LOG) return NULL;
    follow(op, size, old, new_);
    struct entry *e = &entries[count++];
    *e = (struct entry){op, ctx == &real[0] ? 'o' : 'm', size, old, new_, {0}, -1};
    return e;
}
static void *hook_malloc(void *ctx, size_t n)
{
    PyMemAllocatorEx *r = ctx; void *p = r->malloc(r->ctx, n);
    if (on && poison && p) memset(p, poison, n);
    add('m', ctx, n, NULL, p);
    return p;
}
static void *hook_calloc(void *ctx, size_t k, size_t n)
{
    PyMemAllocatorEx *r = ctx; void *p = r->calloc(r->ctx, k, n);
    add('c', ctx, k * n, NULL, p);
    return p;
}
static void *hook_realloc(void *ctx, void *old, size_t n)
{
    PyMemAllocatorEx *r = ctx; void *p = r->realloc(r->ctx, old, n);
    add('r', ctx, n, old, p);
    return p;
}
static void hook_free(void *ctx, void *p)
{
    PyMemAllocatorEx *r = ctx;
    struct entry *e = p ? add('f', ctx, 0, p, NULL) : NULL;
    if (e) {   /* the smallest block has 16 bytes, and nothing need be mapped behind it */
        struct iovec to = {e->words, sizeof e->words}, from = {p, sizeof e->words};
        if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) < 16) memcpy(e->words, p, 16);
    }
    r->free(r->ctx, p);
}
static PyObject *start(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    static int installed;
    poison = n ? (int)PyLong_AsLong(args[0]) : 0;
    if (!installed) {
        PyMemAllocatorDomain d[2] = {PYMEM_DOMAIN_OBJ, PYMEM_DOMAIN_MEM};
        for (int i = 0; i < 2; i++) {
            PyMem_GetAllocator(d[i], &real[i]);
            PyMemAllocatorEx h = {&real[i], hook_malloc, hook_calloc, hook_realloc, hook_free};
            PyMem_SetAllocator(d[i], &h);
        }
        installed = 1;
    }
    count = n_there = 0;
    numbers = 0;
    n_shots = 0;
    on = 1;
    Py_RETURN_NONE;
}
static PyObject *pause_(PyObject *self, PyObject *none)
{
    on = 0;
    copied = 0;
    for (int i = 0; poison && i < count; i++) {           /* what the blocks that are still there hold now */
        struct entry *e = &entries[i];
        int gone = e->op == 'f' || !e->new_;
        for (int j = i + 1; j < count && !gone; j++) gone = entries[j].old == e->new_ || entries[j].new_ == e->new_;
        if (gone || copied + (long)e->size > (long)sizeof copies) continue;
        e->copy = copied;
        memcpy(copies + copied, e->new_, e->size);
        copied += (long)e->size;
    }
    Py_RETURN_NONE;
}
static PyObject *mark(PyObject *self, PyObject *none)
{
    static int dummy[2];
    add('|', &real[0], 0, dummy, NULL);
    Py_RETURN_NONE;
}
static PyObject *watch(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (n == 0) n_watched = 0;
    else if (n_watched < 1000) {
        watched[n_watched].at = PyLong_AsVoidPtr(args[0]);
        watched[n_watched++].size = PyLong_AsSize_t(args[1]);
    }
    Py_RETURN_NONE;
}
static PyObject *snapshot(PyObject *self, PyObject *none)
{
    uint64_t blocks = n_there + n_watched;
    int was = on;
    mark(self, none);
    on = 0;
    keep(&blocks, sizeof blocks);
    for (int i = 0; i < n_watched; i++) keep_block(-1 - i, watched[i].at, watched[i].size);
    for (int i = 0; i < n_there; i++) keep_block(there[i].number, there[i].at, there[i].size);
    on = was;
    Py_RETURN_NONE;
}
static PyObject *snapshots(PyObject *self, PyObject *none)
{
    PyObject *all = PyList_New(0);
    for (size_t at = 0; at < n_shots; ) {
        uint64_t blocks = *(uint64_t *)(shots + at);
        PyObject *shot = PyList_New((Py_ssize_t)blocks);
        at += sizeof blocks;
        for (Py_ssize_t i = 0; i < (Py_ssize_t)blocks; i++) {
            uint64_t *head = (uint64_t *)(shots + at);
            PyList_SET_ITEM(shot, i, Py_BuildValue("(LKy#)", (long long)head[0], head[1], (char *)(head + 3), (Py_ssize_t)head[2]));
            at += 24 + head[2];
        }
        PyList_Append(all, shot);
        Py_DECREF(shot);
    }
    return all;
}
static PyObject *stop(PyObject *self, PyObject *none)
{
    on = 0;
    PyObject *list = PyList_New(count);
    for (int i = 0; list && i < count; i++) {
        struct entry *e = &entries[i];
        PyObject *w = e->copy >= 0 ? PyBytes_FromStringAndSize((char *)copies + e->copy, (Py_ssize_t)e->size) : PyTuple_New(e->op == 'f' ? WORDS : 0);
        for (int k = 0; e->copy < 0 && k < PyTuple_GET_SIZE(w); k++) PyTuple_SET_ITEM(w, k, PyLong_FromUnsignedLongLong(e->words[k]));
        PyObject *t = Py_BuildValue("(CCnKKN)", e->op, e->domain, (Py_ssize_t)e->size, (unsigned long long)(uintptr_t)e->old,
                                    (unsigned long long)(uintptr_t)e->new_, w);
        PyList_SET_ITEM(list, i, t);
    }
    return list;
}
static PyMethodDef methods[] = {{"start", (PyCFunction)(void (*)(void))start, METH_FASTCALL, 0}, {"mark", mark, METH_NOARGS, 0}, {"snapshot", snapshot, METH_NOARGS, 0}, {"snapshots", snapshots, METH_NOARGS, 0},
                                {"watch", (PyCFunction)(void (*)(void))watch, METH_FASTCALL, 0}, {"pause", pause_, METH_NOARGS, 0}, {"stop", stop, METH_NOARGS, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_hooks", 0, -1, methods};
PyMODINIT_FUNC PyInit__hooks(void) { return PyModule_Create(&module); }
