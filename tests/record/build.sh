#!/bin/bash
# build.sh PYTHON...: compiles _hooks.c for each interpreter into lib/VERSION/_hooks.so (needs gcc and the headers).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for python in "$@"; do
  version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
  include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
  mkdir -p "$here/lib/$version"
  # Debian keeps pyconfig.h in a folder of the architecture, found from the folder above
  gcc -O1 -shared -fPIC -I"$include" -I"$include/.." "$here/_hooks.c" -o "$here/lib/$version/_hooks.so"
done
