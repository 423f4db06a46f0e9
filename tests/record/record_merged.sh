#!/bin/bash
# record_merged.sh RECORDER.py OUTPUT PYTHON...: like record.sh for recorders that print one JSON object per line, in the
# same order on every release. Objects that are equal on several releases are stored once, with "releases".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
recorder=$1 output=$2
shift 2
temporary=$(mktemp -d)
trap 'rm -r "$temporary"' EXIT
for python in "$@"; do
  version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
  PYTHONHASHSEED=0 setarch -R "$python" -S -B "$here/$recorder" > "$temporary/$version" &
  wait $!
done
"$1" - "$temporary" > "$output" <<'PYTHON'
import json, os, sys
folder = sys.argv[1]
releases = sorted(os.listdir(folder), key=lambda v: [int(x) for x in v.split('.')])
for lines in zip(*[open(os.path.join(folder, r)) for r in releases], strict=True):
    groups = {}
    for release, line in zip(releases, lines):
        groups.setdefault(line, []).append(release)
    for line, names in groups.items():
        print('{"releases":%s,%s' % (json.dumps(names, separators=(',', ':')), line[1:]), end='')
PYTHON
