#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No HOME, a locale that does not exist, a working directory that is gone, a file size limit, and signals: each ends as documented, with
# no temporary left and no lock held.
#
# Usage: environment_is_survived.sh [PROGRAM], one that writes; default: clone2cache. aistudio: clone2cache into a tree of AI Studio.
. "$(dirname "$0")/lib.sh"
need strace

program=${1:-clone2cache}
make_clone
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub"
expect_status 0 cache2dir org/demo "$T/dir" --from "hf:$T/hub"
# Sets `words` to the program and arguments that make TARGET.
words_for() { # TARGET
  case $program in
    clone2cache) words=("$T/repo/clone" --to "hf:$1") ;;
    cache2cache) words=(--from "hf:$T/hub" --to "hf:$1") ;;
    dir2cache) words=("$T/dir" --to "hf:$1") ;;
    cache2dir | cache2clone) words=(org/demo "$1" --from "hf:$T/hub") ;;
    aistudio) words=("$T/repo/clone" --to "aistudio:$1") ;;
    *) fail "$program is no program that writes" ;;
  esac
  words=("$(command -v "${program/#aistudio/clone2cache}")" "${words[@]}")
}
sound() { # TARGET WHAT: what a run that ended well has made
  case $program in
    cache2dir) "$support/directory_check.py" --listing "$1" | diff "$T/wanted" - || fail "$2: not what is wanted" ;;
    cache2clone) "$support/clone_check.sh" "$1" --quick || fail "$2: not sound" ;;
    aistudio)
      "$support/index_check.py" "$1" || fail "$2: not sound"
      diff -r --exclude=.git --exclude=.msc --exclude=.mdl --exclude=.mv "$T/repo/clone" "$1/models/org/demo" || fail "$2: not what is wanted"
      ;;
    *)
      "$support/tree_check.py" "$1" || fail "$2: not sound"
      expect_status 0 cache-scan --ready org/demo "hf:$1"
      ;;
  esac
}
# The names that only a run on its way has, but for the directory that the next run goes on with.
temporaries() { # TARGET
  find "$1" "$(dirname "$1")/.$(basename "$1").modelcache-incomplete" \
    -name '*.incomplete' -o -name modelcache.tmp -o -path '*/.modelcache/tmp*' -o -name '*.tmp' -o -path '*modelcache/parts*' \
    -o -path '*modelcache/trees*' 2>/dev/null || true
}
# make TARGET PREFIX...: a run below PREFIX ends well.
make() {
  words_for "$1"
  expect_status 0 "${@:2}" "${words[@]}"
  sound "$1" "${*:2:3}"
}

"$support/directory_check.py" --listing "$T/dir" >"$T/wanted"
[ -s "$T/wanted" ] || fail "there is nothing to compare with"
make "$T/homeless" env -u HOME
make "$T/bogus" env LC_ALL=xx_XX.bogus LANG=xx
make "$T/bare" env -i
if [ "$program" = clone2cache ]; then
  expect_status 0 env -u HOME LC_ALL=xx_XX.bogus LANG=xx cache-scan "hf:$T/hub"
  expect_text "$T/out" org/demo
  expect_status 0 env -i "$(command -v cache-scan)" "hf:$T/hub"
  expect_status 4 env HOME="$T/nowhere" cache-scan
  expect_status 0 env HF_HOME="$T" cache-scan
  expect_text "$T/out" org/demo
  expect_status 0 env -u HOME LC_ALL=xx_XX.bogus LANG=xx verify-sha "hf:$T/hub"
  expect_status 0 env -i "$(command -v verify-sha)" "hf:$T/hub"
  expect_status 4 env HOME="$T/nowhere" verify-sha hf:
fi
gone() { # COMMAND...: in a working directory that is gone
  mkdir "$T/gone"
  (cd "$T/gone" && rmdir "$T/gone" && "$@")
}
make "$T/from-gone" gone
expect_status 0 gone cache-scan "hf:$T/hub"
expect_status 0 gone verify-sha "hf:$T/hub"
[ "$(id -u)" -ne 0 ] || as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
chmod 755 "$T"
mkdir -m 555 "$T/unwritable"
mkdir -m 777 "$T/open"
unwritable() { # COMMAND...: in a working directory that cannot be written to; what belongs to root may be read
  local foreign=()
  [ "$1" = cache-scan ] || foreign=(--allow-foreign-owner)
  (cd "$T/unwritable" && "${as_nobody[@]}" "$@" "${foreign[@]}")
}
make "$T/open/made" unwritable
expect_status 0 unwritable cache-scan "hf:$T/hub"
expect_status 0 unwritable verify-sha "hf:$T/hub"
[ -z "$(ls -A "$T/unwritable")" ] || fail "the working directory was written to"
long=$(head -c 100000 /dev/zero | tr '\0' x)
many=()
for number in $(seq 15); do many+=("LONG$number=$long"); done
expect_status 0 env "${many[@]}" cache-scan "hf:$T/hub"
expect_status 0 env "${many[@]}" verify-sha "hf:$T/hub"
make "$T/large" env "${many[@]}"

# A limit on the size of files comes as an error of the write, not as a signal.
words_for "$T/limited"
# With reflinks nothing would be written.
expect_status 3 bash -c 'ulimit -f 100; exec "$@"' bash "${words[@]}" --link copy
expect_text "$T/err" 'cannot'
expect_text "$T/err" 'File too large'
case $program in
  cache2dir | cache2clone) [ ! -e "$T/limited" ] || fail "the limit left something under the name" ;;
  aistudio) [ ! -e "$T/limited/models/org/demo" ] || fail "the limit left a part of a repo" ;;
  *) "$support/tree_check.py" "$T/limited" || fail "the limit left something unsound" ;;
esac
[ -z "$(temporaries "$T/limited")" ] || fail "the limit left temporaries: $(temporaries "$T/limited")"
make "$T/limited"

# Signals: strace holds the program at the first of its renames, when something is on its way, until we have sent one.
for signal in INT TERM HUP; do
  target=$T/signal-$signal
  words_for "$target"
  python3 - "$signal" "$target" "${words[@]}" -j1 <<'PY' || fail "SIG$signal"
import os, signal, subprocess, sys, time
number, target = getattr(signal, "SIG" + sys.argv[1]), sys.argv[2]
growing = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.modelcache-incomplete")
def is_on_its_way():
    return any(name.endswith(".incomplete") for top in (target, growing) for _, _, names in os.walk(top) for name in names)
child = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=/^rename", "-e", "inject=/^rename:delay_enter=700000:when=1",
                          *sys.argv[3:]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
while not is_on_its_way():
    assert child.poll() is None, "it ended too soon"
    time.sleep(0.01)
own = int(open(f"/proc/{child.pid}/task/{child.pid}/children").read().split()[0])
os.kill(own, number)
error = child.communicate()[1]
assert child.returncode in (-number, 128 + number), (child.returncode, error)
PY
  [ -z "$(temporaries "$target")" ] || fail "SIG$signal: temporaries stay: $(temporaries "$target")"
  case $program in
    cache2dir | cache2clone) [ ! -e "$target" ] || fail "SIG$signal: something appears under the name" ;;
    aistudio)
      [ ! -e "$target/models/org/demo" ] || fail "SIG$signal: a repo appears"
      staging=$target/models/org/.demo.modelcache
      [ ! -e "$staging" ] || flock -n "$staging" true || fail "SIG$signal: $staging is held"
      ;;
    *)
      [ -z "$(find "$target" -path '*/refs/*')" ] || fail "SIG$signal: a ref was published"
      locks=$(find "$target/.locks" -name '*.lock')
      [ -n "$locks" ] || fail "SIG$signal: no lock was taken: this proves nothing"
      while read -r lock; do flock -n "$lock" true || fail "SIG$signal: $lock is held"; done <<<"$locks"
      ;;
  esac
  expect_status 0 "${words[@]}" --wait 0s
  sound "$target" "after SIG$signal"
done
