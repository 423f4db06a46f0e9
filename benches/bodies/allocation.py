"""allocation.py LIBRARY LIVE STEPS TIMES: the shortest time of allocation.c on this CPython's pymalloc, in ns per operation."""
import ctypes
import sys

library, live, steps, times = sys.argv[1], *map(int, sys.argv[2:])
# PyDLL keeps the GIL, as PyObject_Malloc demands.
allocation = ctypes.PyDLL(library).allocation
allocation.restype = ctypes.c_double
allocation.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32]
functions = [ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p) for name in ("PyObject_Malloc", "PyObject_Free")]
print(min(allocation(*functions, live, steps) for _ in range(times)))
