#!/bin/bash
# build.sh PYTHON...: compiles _hooks.c, _lists.c and _make.c for each interpreter into lib/VERSION (needs gcc and the headers).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for python in "$@"; do
  version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
  include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
  mkdir -p "$here/lib/$version"
  # Debian keeps pyconfig.h in a folder of the architecture, found from the folder above
  multiarch="$include/../x86_64-linux-gnu/$(basename "$include")"
  for part in _hooks _lists _make; do
    gcc -O1 -w -shared -fPIC -I"$include" -I"$include/internal" -I"$include/.." -I"$multiarch" "$here/$part.c" -o "$here/lib/$version/$part.so"
  done
done
