#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# While a neighbour swaps blobs/, snapshots/ and the repo's folder for links to elsewhere, clone2cache never writes there. Two controls: a
# naive program does write there, and the swapping really happens.
. "$(dirname "$0")/lib.sh"
need cc

cc -O2 -o "$T/flip" "$support/flipper.c"
"$top/tests/fault/small_clone.sh" "$T/small"
seconds=${MODELCACHE_RACE_SECONDS:-6}

flip() { # PATH: a directory there and a link beside it, exchanged again and again
  ln -s "$T/outside" "$1.link"
  "$T/flip" "$1" "$1.link" "$((seconds * 4))" >"$T/flips" &
  flipper=$!
}
for place in models--org--small/blobs models--org--small/snapshots models--org--small; do
  for way in openat2 walk; do
    rm -rf "$T/hub" "$T/outside"
    mkdir -p "$T/hub/models--org--small/blobs" "$T/hub/models--org--small/snapshots" "$T/outside/blobs" "$T/outside/snapshots"
    flip "$T/hub/$place"
    end=$((SECONDS + seconds)) tries=0
    while [ "$SECONDS" -lt "$end" ]; do
      status=0
      if [ "$way" = walk ]; then
        strace -f -qq -o /dev/null -e trace=openat2 -e inject=openat2:error=ENOSYS clone2cache "$T/small/clone" --to "hf:$T/hub" >/dev/null 2>"$T/err" || status=$?
      else
        clone2cache "$T/small/clone" --to "hf:$T/hub" >/dev/null 2>"$T/err" || status=$?
      fi
      case $status in 0 | 3 | 6) ;; *) fail "$place: ends with $status: $(cat "$T/err")" ;; esac
      find "$T/hub/models--org--small/refs" "$T/hub/models--org--small/trees" -type f -delete 2>/dev/null || true
      tries=$((tries + 1))
    done
    kill "$flipper" && wait "$flipper" 2>/dev/null || true
    [ "$tries" -ge 10 ] || fail "only $tries tries"
    [ -z "$(find "$T/outside" -type f -o -type l)" ] || fail "$place: written outside: $(find "$T/outside" -type f -o -type l)"
  done
done

# The control: what a program that trusts paths does in the same race.
rm -rf "$T/hub" "$T/outside"
mkdir -p "$T/hub/models--org--small/blobs" "$T/outside"
flip "$T/hub/models--org--small/blobs"
python3 - "$T" <<'PY' || fail "the naive program never wrote outside: the race proves nothing"
import os, sys, time
root = sys.argv[1]
for number in range(200000):
    try:
        open(f"{root}/hub/models--org--small/blobs/{number % 100}", "w").close()
    except OSError:
        pass
    if number % 100 == 0 and os.listdir(root + "/outside"):
        sys.exit(0)
sys.exit(1)
PY
kill "$flipper" 2>/dev/null || true
