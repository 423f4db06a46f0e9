/* _lists.c: looks at the collector's lists without making any Python object, for gc_graphs.py.
 *
 * register(object, number) notes an address; forget() empties the notes. untrack(list) hides a list
 * from the collector, so that what it holds is held from outside. count() stores the three counts, long_lived_total and
 * long_lived_pending, in static memory. look(handles) stores the same, then collections, collected and uncollectable of each
 * generation, the numbers of the registered objects in each generation's list in order (and how many others), and refcount and
 * tracked state of each registered object that is alive: in a list, in `handles`, or reached from one that is.
 * take() returns what was stored as tuples, at the end. For collectors with three generations. */
#define Py_BUILD_CORE 1
#include <Python.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_gc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 16384
static struct { uintptr_t addr; int number; char alive, tracked; } table[SLOTS];
static int64_t out[4000000];
static long n_out;
static PyObject *todo[SLOTS];
static int n_todo;

static int find(uintptr_t a)
{
    unsigned i = (unsigned)(a >> 4) * 2654435761u >> 18;
    while (table[i].addr && table[i].addr != a) i = (i + 1) % SLOTS;
    return (int)i;
}
static void put(int64_t v) { if (n_out < 4000000) out[n_out++] = v; }
static int reach(PyObject *o, void *none)
{
    int i = o ? find((uintptr_t)o) : 0;
    if (o && table[i].addr && !table[i].alive) { table[i].alive = 1; todo[n_todo++] = o; }
    return 0;
}
static void count_(struct _gc_runtime_state *g)
{
    for (int i = 0; i < 3; i++) put(g->generations[i].count);
    put(g->long_lived_total); put(g->long_lived_pending);
}
static PyObject *count(PyObject *self, PyObject *none)
{
    count_(&PyInterpreterState_Get()->gc);
    Py_RETURN_NONE;
}
static struct gc_generation_stats *statistics(struct _gc_runtime_state *g, int i)
{
#if PY_VERSION_HEX >= 0x030f0000
    struct gc_stats *s = g->generation_stats;
    return i ? &s->old[i - 1].items[s->old[i - 1].index] : &s->young.items[s->young.index];
#else
    return &g->generation_stats[i];
#endif
}
static PyObject *look(PyObject *self, PyObject *handles)
{
    struct _gc_runtime_state *g = &PyInterpreterState_Get()->gc;
    for (int i = 0; i < SLOTS; i++) table[i].alive = table[i].tracked = 0;
    n_todo = 0;
    count_(g);
    for (int i = 0; i < 3; i++) {
        struct gc_generation_stats *s = statistics(g, i);
        put(s->collections); put(s->collected); put(s->uncollectable);
    }
    for (int i = 0; i < 4; i++) {
        struct gc_generation *n = i < 3 ? &g->generations[i] : &g->permanent_generation;
        long at = n_out, mine = 0, others = 0;
        put(0); put(0);
        for (PyGC_Head *h = (PyGC_Head *)n->head._gc_next; h != &n->head; h = (PyGC_Head *)(h->_gc_next & ~(uintptr_t)3)) {
            int k = find((uintptr_t)(h + 1));
            if (table[k].addr) { put(table[k].number); mine++; table[k].tracked = 1; reach((PyObject *)(h + 1), NULL); }
            else others++;
        }
        out[at] = mine; out[at + 1] = others;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(handles); i++) reach(PyList_GET_ITEM(handles, i), NULL);
    while (n_todo) {
        PyObject *o = todo[--n_todo];
        if (Py_TYPE(o)->tp_traverse) Py_TYPE(o)->tp_traverse(o, reach, NULL);
    }
    long at = n_out, alive = 0;
    put(0);
    for (int i = 0; i < SLOTS; i++) if (table[i].addr && table[i].alive) {
#if PY_VERSION_HEX >= 0x030c0000
        put(table[i].number); put(*(uint32_t *)table[i].addr); put(table[i].tracked);
#else
        put(table[i].number); put(*(int64_t *)table[i].addr); put(table[i].tracked);
#endif
        alive++;
    }
    out[at] = alive;
    Py_RETURN_NONE;
}
static PyObject *register_(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    int i = find((uintptr_t)a[0]);
    table[i].addr = (uintptr_t)a[0];
    table[i].number = (int)PyLong_AsLong(a[1]);
    Py_RETURN_NONE;
}
static PyObject *untrack(PyObject *self, PyObject *o) { PyObject_GC_UnTrack(o); Py_RETURN_NONE; }
static PyObject *forget(PyObject *self, PyObject *none) { memset(table, 0, sizeof table); n_out = 0; Py_RETURN_NONE; }
static PyObject *take(PyObject *self, PyObject *none)
{
    PyObject *l = PyList_New(n_out);
    for (long i = 0; i < n_out; i++) PyList_SET_ITEM(l, i, PyLong_FromLongLong(out[i]));
    return l;
}
static PyMethodDef methods[] = {{"look", look, METH_O, 0}, {"count", count, METH_NOARGS, 0}, {"register", (PyCFunction)(void (*)(void))register_, METH_FASTCALL, 0},
                                {"untrack", untrack, METH_O, 0}, {"forget", forget, METH_NOARGS, 0}, {"take", take, METH_NOARGS, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_lists", 0, -1, methods};
PyMODINIT_FUNC PyInit__lists(void) { return PyModule_Create(&module); }
