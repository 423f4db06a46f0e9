#!/bin/bash
# record.sh RECORDER.py OUTPUT PYTHON...: runs one recorder on each interpreter in turn and joins what they print.
#
# Addresses, hashes and counts come out the same run after run because the hash seed is fixed and address space
# randomisation is off; -S and -B keep site and byte-code files out of it. PYTHON are paths of CPython 3.11 to 3.15
# (64-bit Linux), oldest first. A recorder prints lines that begin with the release, so the outputs simply follow each other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
recorder=$1 output=$2
shift 2
temporary=$(mktemp)
trap 'rm -f "$temporary"' EXIT
for python in "$@"; do
  PYTHONHASHSEED=0 setarch -R "$python" -S -B "$here/$recorder" >> "$temporary"
done
{ grep -m1 '^#' "$temporary" || true; grep -v '^#' "$temporary"; } > "$output"
