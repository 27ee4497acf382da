#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# While a neighbour swaps blobs/, snapshots/ and the repo's folder for links to elsewhere, clone2cache never writes there: with openat2
# in 300 tries, and 10 seconds each where the kernel lacks it or a filter forbids it. As root, the neighbour is somebody else. Controls: a
# naive program does write there, and runs end both well and refused, so the swapping met them.
. "$(dirname "$0")/lib.sh"
need cc
need strace

use_memory
chmod 755 "$T" "$memory"
cc -O2 -o "$T/flip" "$support/flipper.c"
"$top/tests/fault/small_clone.sh" "$T/small"
seconds=${MODELCACHE_RACE_SECONDS:-10}
as_neighbour=()
[ "$(id -u)" -ne 0 ] || as_neighbour=(setpriv --reuid=65534 --regid=65534 --clear-groups)
hub=$memory/hub
outside=$memory/outside

flip() { # PATH: a directory there and a link beside it, exchanged again and again
  rm -rf "$hub" "$outside"
  mkdir -p "$hub/models--org--small/blobs" "$hub/models--org--small/snapshots" "$outside/blobs" "$outside/snapshots"
  ln -s "$outside" "$1.link"
  find "$hub" "$outside" -type d -exec chmod 777 {} +
  "${as_neighbour[@]}" "$T/flip" "$1" "$1.link" 600 &
  flipper=$!
  children+=("$flipper")
}
stop() {
  kill "$flipper" || fail "nothing was exchanged"
  wait "$flipper" 2>/dev/null || true
}
well=0 refused=0 tries=0
try() { # COMMAND...: one run, judged, and all that it published removed
  local status=0
  "$@" clone2cache "$T/small/clone" --to "hf:$hub" >/dev/null 2>"$T/err" || status=$?
  case $status in
    0) well=$((well + 1)) ;;
    3 | 6) refused=$((refused + 1)) ;;
    *) fail "$place: ends with $status: $(cat "$T/err")" ;;
  esac
  tries=$((tries + 1))
  [ -z "$(find "$outside" ! -type d)" ] || fail "$place: written outside: $(find "$outside" ! -type d)"
  find "$hub" -depth \( -type f -o -type l ! -name '*.link' -o -type d -name '????????????????????????????????????????' \) -delete 2>/dev/null || true
}
places=(models--org--small/blobs models--org--small/snapshots models--org--small)
for place in "${places[@]}"; do
  flip "$hub/$place"
  for _ in $(seq 100); do try env; done
  stop
done
for error in ENOSYS EPERM; do
  for place in "${places[@]}"; do
    flip "$hub/$place"
    end=$((SECONDS + (seconds + 2) / 3))
    while [ "$SECONDS" -lt "$end" ]; do
      try strace -f --seccomp-bpf -qq -o "$T/trace" -e trace=openat2 -e inject=openat2:error=$error
      grep -q INJECTED "$T/trace" || fail "openat2 was never called: nothing was proved"
    done
    stop
  done
done
echo "$tries tries: $well ended well, $refused were refused"
[ "$tries" -ge 300 ] && [ "$well" -gt 0 ] && [ "$refused" -gt 0 ] || fail "the race was not met"

# The control: what a program that trusts paths does in the same race.
flip "$hub/models--org--small/blobs"
python3 - "$memory" <<'PY' || fail "the naive program never wrote outside: the race proves nothing"
import os, sys
root = sys.argv[1]
for number in range(200000):
    try:
        open(f"{root}/hub/models--org--small/blobs/{number % 100}", "w").close()
    except OSError:
        pass
    if number % 100 == 0 and any(os.path.isfile(f"{root}/outside/{name}") for name in os.listdir(root + "/outside")):
        sys.exit(0)
sys.exit(1)
PY
stop
