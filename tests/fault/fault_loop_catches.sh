#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The loop that kills or fails a program at every system call finds a publisher that writes in place, and each way to fail badly; it passes
# one that renames, and one that reports its failures.
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

# Failed calls: one that goes on, one that says nothing of use, one that leaves its temporary or its descriptor, one that drops what was
# there. As an argument, so that python's own start names no path.
fails=$(
  cat <<'PY'
import os, sys
way, target = sys.argv[1:3]
file = None
try:
    os.makedirs(target, exist_ok=True)
    if way == "drops" and os.path.exists(target + "/old"):
        os.rename(target + "/old", target + "/older")
    file = os.open(target + "/new.incomplete", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(file, b"halfhalf")
    os.fsync(file)
    descriptor, file = file, None
    os.close(descriptor)
    os.rename(target + "/new.incomplete", target + "/file")
    if way == "drops":
        os.rename(target + "/older", target + "/old")
except OSError as error:
    if file is not None and way != "leaks":
        os.close(file)
    if way != "leaves" and os.path.exists(target + "/new.incomplete"):
        os.unlink(target + "/new.incomplete")
    try:
        os.write(2, b"cannot do it" if way == "mumbles" else f"cannot write {target}: {error.strerror}".encode())
    except OSError:
        pass
    os._exit(0 if way == "hides" else 3)
PY
)
cat >"$T/list" <<'SH'
#!/bin/bash
cd "$1" 2>/dev/null && stat -c '%n %s' * 2>/dev/null
SH
mkdir "$T/start"
echo old >"$T/start/old"
errors() {
  TMPDIR=$T "$top/tests/fault/fault_loop.py" errno --errors EIO,ENOSPC --from "$T/start" --check "$check" --listing "$listing" -- \
    python3 -S -E -c "$fails" "$1" '{target}' >"$T/out"
}
errors well || fail "a program that reports its failures is accused: $(cat "$T/out")"
for case in 'hides:exit 0, but the job is not done' 'mumbles:does not name path and reason' 'leaves:temporaries stay' \
  'leaks:a descriptor stays open' 'drops:what was there before is not'; do
  errors "${case%%:*}" && fail "a program passes that ${case%%:*}"
  expect_text "$T/out" "${case#*:}"
done
