/* _hooks.c: a log of what the object and memory domains allocate and free, for the recorders.
 *
 * start(fill = 0) begins (fresh blocks are filled with that byte unless it is 0), pause() ends, stop() ends and returns tuples (op, domain, size, address, new address, words): op 'm', 'c', 'r', 'f', or '|' where
 * mark() was called;
 * domain 'o' (PyObject_*) or 'm' (PyMem_*); words: what the block held at its beginning when it was freed, which tells
 * the type of the object it was, or, if there is a fill, the bytes of a block that was still there at pause(). The log itself lies in static memory. build.sh compiles it. */
#define _GNU_SOURCE
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

static struct entry *add(char op, void *ctx, size_t size, void *old, void *new_)
{
    if (!on || count >= MAX_LOG) return NULL;
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
    count = 0;
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
static PyMethodDef methods[] = {{"start", (PyCFunction)(void (*)(void))start, METH_FASTCALL, 0}, {"mark", mark, METH_NOARGS, 0}, {"pause", pause_, METH_NOARGS, 0}, {"stop", stop, METH_NOARGS, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_hooks", 0, -1, methods};
PyMODINIT_FUNC PyInit__hooks(void) { return PyModule_Create(&module); }
