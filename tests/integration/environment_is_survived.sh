#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No HOME, a locale that does not exist, a working directory that is gone, a file size limit, and signals: each ends as documented, with
# no temporary left and no lock held.
. "$(dirname "$0")/lib.sh"

make_clone
expect_status 0 env -u HOME clone2cache "$T/repo/clone" --to "hf:$T/hub"
expect_status 0 env -u HOME LC_ALL=xx_XX.bogus LANG=xx cache-scan "hf:$T/hub"
expect_text "$T/out" org/demo
expect_status 0 env LC_ALL=xx_XX.bogus LANG=xx clone2cache "$T/repo/clone" --to "hf:$T/bogus"
"$support/tree_check.py" "$T/bogus" || fail "another locale gives something unsound"
expect_status 0 env -i "$(command -v cache-scan)" "hf:$T/hub"
expect_status 0 env -i "$(command -v clone2cache)" "$T/repo/clone" --to "hf:$T/bare"
expect_status 4 env HOME="$T/nowhere" cache-scan
expect_status 0 env HF_HOME="$T" cache-scan
expect_text "$T/out" org/demo
mkdir "$T/gone"
(cd "$T/gone" && rmdir "$T/gone" && cache-scan "hf:$T/hub" >/dev/null && clone2cache "$T/repo/clone" --to "hf:$T/from-gone" >/dev/null 2>&1) ||
  fail "a working directory that is gone"
"$support/tree_check.py" "$T/from-gone" || fail "a working directory that is gone: something unsound"
[ "$(id -u)" -ne 0 ] || as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
chmod 755 "$T"
mkdir -m 555 "$T/unwritable"
mkdir -m 777 "$T/open"
(cd "$T/unwritable" && "${as_nobody[@]}" cache-scan "hf:$T/hub" >/dev/null && "${as_nobody[@]}" clone2cache "$T/repo/clone" --to "hf:$T/open/hub" >/dev/null 2>"$T/err") ||
  fail "a working directory that cannot be written to: $(cat "$T/err")"
[ -z "$(ls -A "$T/unwritable")" ] || fail "the working directory was written to"
long=$(head -c 100000 /dev/zero | tr '\0' x)
many=()
for number in $(seq 15); do many+=("LONG$number=$long"); done
expect_status 0 env "${many[@]}" cache-scan "hf:$T/hub"
expect_status 0 env "${many[@]}" clone2cache "$T/repo/clone" --to "hf:$T/large"

# A limit on the size of files comes as an error of the write, not as a signal.
expect_status 3 bash -c "ulimit -f 100; exec clone2cache '$T/repo/clone' --to 'hf:$T/limited'"
expect_text "$T/err" 'cannot'
"$support/tree_check.py" "$T/limited" || fail "the limit left something unsound"
[ -z "$(find "$T/limited" -name '*.incomplete' -o -path '*/.modelcache/tmp*')" ] || fail "the limit left temporaries"
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/limited"

# Signals: strace holds the program at a sync until we have sent one.
for signal in INT TERM HUP; do
  python3 - "$T" "$signal" <<'PY' || fail "SIG$signal"
import fcntl, glob, os, signal, subprocess, sys, time
root, name = sys.argv[1], "SIG" + sys.argv[2]
target = f"{root}/signal-{name}"
log = f"{root}/strace-{name}"
child = subprocess.Popen(["strace", "-f", "-qq", "-o", log, "-e", "trace=fsync", "-e", "inject=fsync:delay_enter=300000",
                          "clone2cache", f"{root}/repo/clone", "--to", f"hf:{target}", "-j1"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
while not glob.glob(f"{target}/models--org--demo/blobs/*"):
    time.sleep(0.01)
own = int(open(f"/proc/{child.pid}/task/{child.pid}/children").read().split()[0])
os.kill(own, getattr(signal, name))
error = child.communicate()[1]
assert child.returncode in (-getattr(signal, name), 128 + getattr(signal, name)), (child.returncode, error)
left = [path for path in glob.glob(f"{target}/**/*", recursive=True, include_hidden=True) if "incomplete" in path or ".modelcache/tmp" in path]
assert not left, left
assert not glob.glob(f"{target}/models--org--demo/refs/*"), "a ref was published"
locks = glob.glob(f"{target}/.locks/**/*.lock", recursive=True)
assert locks, "no lock was taken: this proves nothing"
for lock in locks:
    fcntl.flock(open(lock), fcntl.LOCK_EX | fcntl.LOCK_NB)
PY
  expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/signal-SIG$signal"
  "$support/tree_check.py" "$T/signal-SIG$signal" || fail "after SIG$signal"
done
