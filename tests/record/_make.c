/* _make.c: makes objects as C code does, without the temporary objects that a call from Python makes (a tuple of arguments, ...),
 * for heap_programs.py. build.sh compiles it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#define IS(name) (!strcmp(kind, name))

static PyObject *copy(PyObject *number)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    return overflow ? _PyLong_Copy((PyLongObject *)number) : PyLong_FromLongLong(value);
}
/* make(kind, arguments...) */
static PyObject *make(PyObject *self, PyObject *const *a, Py_ssize_t n)
{
    const char *kind = PyUnicode_AsUTF8(a[0]);
    if (IS("cell")) return PyCell_New(n > 1 ? a[1] : NULL);
    if (IS("method")) return PyMethod_New(a[1], a[2]);
    if (IS("slice")) return PySlice_New(a[1], a[2], a[3]);
    if (IS("module")) return PyModule_NewObject(a[1]);
    if (IS("weakref")) return PyWeakref_NewRef(a[1], NULL);
    if (IS("float")) return PyFloat_FromDouble(PyFloat_AS_DOUBLE(a[1]));
    if (IS("complex")) return PyComplex_FromDoubles(PyFloat_AS_DOUBLE(a[1]), PyFloat_AS_DOUBLE(a[2]));
    if (IS("bytes")) return PyBytes_FromStringAndSize(PyBytes_AS_STRING(a[1]), PyBytes_GET_SIZE(a[1]));
    if (IS("bytearray")) return PyByteArray_FromStringAndSize(PyBytes_AS_STRING(a[1]), PyBytes_GET_SIZE(a[1]));
    if (IS("frozenset")) return PyFrozenSet_New(a[1]);
    if (IS("int")) return copy(a[1]);
    if (IS("range")) {
        PyObject *parts[3] = {copy(a[1]), copy(a[2]), copy(a[3])};
        PyObject *range = PyObject_Vectorcall((PyObject *)&PyRange_Type, parts, 3, NULL);
        for (int i = 0; i < 3; i++) Py_DECREF(parts[i]);
        return range;
    }
    /* The first character of a[1] is not part of it. */
    if (IS("str") || IS("interned")) {
        PyObject *text = PyUnicode_Substring(a[1], 1, PyUnicode_GET_LENGTH(a[1]));
        if (text && IS("interned")) PyUnicode_InternInPlace(&text);
        if (text) PyObject_Hash(text);                  /* constants of code have been hashed */
        return text;
    }
    PyErr_SetString(PyExc_ValueError, kind);
    return NULL;
}
static PyMethodDef methods[] = {{"make", (PyCFunction)(void (*)(void))make, METH_FASTCALL, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_make", 0, -1, methods};
PyMODINIT_FUNC PyInit__make(void) { return PyModule_Create(&module); }
