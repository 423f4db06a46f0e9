"""struct_sizes.py PYTHON...: offset and size of each field of CPython's structs, and the bits of tp_flags, as each interpreter's
own headers have them (needs gcc and the headers). Prints what belongs in ../truth/struct-sizes.txt."""
import os
import re
import subprocess
import sys
import tempfile

# Struct as ../truth/struct-layouts.txt names it -> as C does, where that differs. The names of the fields come from there.
IN_C = {
    "PyDictKeysObject": "struct _dictkeysobject", "PyDictValues": "struct _dictvalues",
    "struct _PyWeakReference": "struct _PyWeakReference",
}
EXCEPTIONS = {
    "PyStopIterationObject": "value", "PySystemExitObject": "code", "PyNameErrorObject": "name",
    "PyAttributeErrorObject": "obj name", "PyImportErrorObject": "msg name path name_from",
    "PyOSErrorObject": "myerrno strerror filename filename2 written",
    "PySyntaxErrorObject": "msg filename lineno offset end_lineno end_offset text print_file_and_line metadata",
}
HEADERS = ["internal/pycore_dict.h", "internal/pycore_moduleobject.h", "internal/pycore_frame.h", "internal/pycore_interpframe_structs.h"]
# No header declares these, or they begin with another struct's fields; or a name is used otherwise.
LEFT_OUT = {"PyObject", "PyGC_Head", "PyDictKeyEntry", "PyDictUnicodeEntry", "setentry", "struct _frame", "_PyInterpreterFrame"}


def layouts(release):
    """Struct -> names of its fields in the release: the line of that release, or of the last one before it."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "truth", "struct-layouts.txt")
    found, name = {}, None
    for line in open(path):
        if line.startswith("# "):
            name = line[2:].strip()
        elif line.strip():
            of, fields = line.strip().split(": ")
            if tuple(map(int, of.split("."))) <= release:
                found[name] = [field.split("@")[0] for field in fields.split()]
    return found


def printed(python):
    version = subprocess.check_output([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], text=True).strip()
    include = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"], text=True).strip()
    lines = ["#define Py_BUILD_CORE", "#include <Python.h>", "#include <stddef.h>"]
    lines += ['#include "%s"' % h for h in HEADERS if os.path.exists(os.path.join(include, h))]
    lines += ["#include <structmember.h>", "int main(void) {", 'printf("# %s\\n");' % version]
    release = tuple(map(int, version.split(".")))
    of_release = [(name, fields) for name, fields in layouts(release).items() if name not in LEFT_OUT]
    absent = {"name_from": (3, 12), "metadata": (3, 14)}
    of_release += [(name, [f for f in fields.split() if absent.get(f, release) <= release]) for name, fields in EXCEPTIONS.items()]
    for name, fields in of_release:
        c = IN_C.get(name, name)
        lines.append('printf("%s");' % name.removeprefix("struct "))
        for field in fields:
            if field in ("ob_base", "_base", "ht_type") or "[" in field:
                continue
            inner = {"long_value": "long_value.lv_tag"}.get(field, field)
            lines.append('printf(" %s@%%zu:%%zu", offsetof(%s, %s), sizeof(((%s *)0)->%s));' % (inner, c, inner, c, inner))
        lines.append('printf("\\n");')
    lines += ["return 0; }"]
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "sizes.c")
        open(source, "w").write("\n".join(lines))
        folders = [include, include + "/internal", include + "/..", "%s/../x86_64-linux-gnu/%s" % (include, os.path.basename(include))]
        subprocess.check_call(["gcc", "-w", *("-I" + f for f in folders), source, "-o", os.path.join(folder, "sizes")])
        text = subprocess.check_output([os.path.join(folder, "sizes")], text=True)
    bits = {}
    for header in ("object.h", "cpython/object.h"):
        for name, bit in re.findall(r"define _?Py_TPFLAGS_(\w+)\s+\(1U?L? << (\d+)\)", open(os.path.join(include, header)).read()):
            bits[int(bit)] = name
    return text + "tp_flags " + " ".join("%s@%d:1" % (bits[bit], bit) for bit in sorted(bits)) + "\n"


for interpreter in sys.argv[1:]:
    # Structs of which nothing is left have no line.
    sys.stdout.write("".join(line for line in printed(interpreter).splitlines(True) if " " in line))
