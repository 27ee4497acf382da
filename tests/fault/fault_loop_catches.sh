#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The loop that kills a program at every system call finds a publisher that writes in place, and passes one that renames.
. "$(dirname "$0")/../integration/lib.sh"
need strace

check="$T/check {target}"
listing="$T/list {target}"
cat >"$T/check" <<'SH'
#!/bin/bash
# Sound: the file is absent, or whole.
[ ! -e "$1/file" ] || [ "$(stat -c %s "$1/file")" = 8 ] || { echo "file has $(stat -c %s "$1/file") bytes"; exit 1; }
SH
cat >"$T/list" <<'SH'
#!/bin/bash
stat -c '%n %s' "$1/file" | sed 's|.*/||'
SH
cat >"$T/bad.py" <<'PY'
import os, sys
os.makedirs(sys.argv[1], exist_ok=True)
with open(sys.argv[1] + "/file", "wb", buffering=0) as out:
    out.write(b"half")
    out.write(b"half")
PY
cat >"$T/good.py" <<'PY'
import os, sys
os.makedirs(sys.argv[1], exist_ok=True)
with open(sys.argv[1] + "/new", "wb", buffering=0) as out:
    out.write(b"half")
    out.write(b"half")
    os.fsync(out.fileno())
os.rename(sys.argv[1] + "/new", sys.argv[1] + "/file")
PY
chmod +x "$T/check" "$T/list"
loop() { TMPDIR=$T "$top/tests/fault/fault_loop.py" kill --check "$check" --listing "$listing" -- python3 -S -E "$1" '{target}'; }
loop "$T/good.py" >"$T/out" || fail "a good publisher is accused: $(cat "$T/out")"
loop "$T/bad.py" >"$T/out" && fail "a publisher that writes in place passes: $(cat "$T/out")"
expect_text "$T/out" 'file has'
