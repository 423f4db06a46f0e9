#!/bin/bash
# record_pymalloc.sh PYTHON MISALIGNMENT STEP [CODE...] <PROGRAM >TRACE: runs a program of pymalloc_programs.py on the real pymalloc of an
# interpreter that has a shared libpython (gcc and its headers are needed). The first arena lies MISALIGNMENT bytes behind a
# boundary, each other STEP bytes further. STATISTICS=N (environment): what sys._debugmallocstats() says after every N operations.
# With CODE: no program, but the interpreter itself, its start and then each piece of Python code. LIBDIR (environment) says where libpython is if the interpreter does not, LOADER how to
# start a program that uses it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$1 misalignment=$2 step=$3
ask() { "$python" -c "import sys, sysconfig; print($1)"; }
version=$(ask '"%d.%d.%d" % sys.version_info[:3]')
include=$(ask 'sysconfig.get_path("include")')
library=${LIBDIR:-$(ask 'sysconfig.get_config_var("LIBDIR")')}
program=$here/lib/$version/pymalloc_trace
if [ ! -x "$program" ] || [ "$here/pymalloc_trace.c" -nt "$program" ]; then
  mkdir -p "$here/lib/$version"
  gcc -O1 -w -I"$include" -I"$include/internal" -I"$include/.." -I"$include/../x86_64-linux-gnu/$(basename "$include")" \
    "$here/pymalloc_trace.c" -o "$program" -L"$library" -lpython"${version%.*}" -Wl,--allow-shlib-undefined -Wl,-rpath,"$library"
fi
mode=swap
[ "${version%.*}" != 3.11 ] || mode=preinit
export PYTHONHOME=$(ask sys.prefix) MISALIGNMENT_STEP=$step MISALIGNMENT=$misalignment
shift 3
if [ $# -gt 0 ]; then set -- whole "$@"; else set -- "$mode" - "$misalignment"; fi
${LOADER:-} "$program" "$@"
