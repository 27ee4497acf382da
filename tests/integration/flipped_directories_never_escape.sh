#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# While a neighbour swaps blobs/, snapshots/ and the repo's folder in a cache, or a directory below one that cache2dir writes into, for
# links to elsewhere, nothing is written there: with openat2 in 300 tries, and 10 seconds each (3 but for clone2cache) where the kernel lacks it or a
# filter forbids it. As root, the neighbour is somebody else. Controls: a naive program does write there, and runs end both well and refused,
# so the swapping met them.
#
# Usage: flipped_directories_never_escape.sh [clone2cache|cache2cache|cache2dir|aistudio], the last a tree of AI Studio by clone2cache
. "$(dirname "$0")/lib.sh"

use_memory
use_neighbour
"$top/tests/fault/small_clone.sh" "$T/small"
seconds=3
[ "${1:-clone2cache}" != clone2cache ] || seconds=10
seconds=${MODELCACHE_RACE_SECONDS:-$seconds}
hub=$memory/hub
outside=$memory/outside
places=(models--org--small/blobs models--org--small/snapshots models--org--small)
program=${1:-clone2cache}
case $program in
  clone2cache) words=(clone2cache "$T/small/clone" --to "hf:$hub") ;;
  cache2cache) words=(cache2cache --from "hf:$T/source" --to "hf:$hub") ;;
  cache2dir)
    words=(cache2dir org/small "$hub" --from "hf:$T/source")
    places=(sub .cache/huggingface .cache)
    ;;
  aistudio)
    words=(clone2cache "$T/small/clone" --to "aistudio:$hub")
    places=(models/org/small/sub models/org/small models/org)
    ;;
  *) fail "$program is not known here" ;;
esac
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/source"

flip() { # PATH: a directory there and a link beside it, exchanged again and again
  rm -rf "$hub" "$outside"
  local each
  for each in "${places[@]}"; do mkdir -p "$hub/$each" "$outside/$(basename "$each")"; done
  ln -s "$outside" "$1.link"
  # What lies there already must not be replaced or removed either.
  echo theirs >"$outside/notes.txt"
  find "$hub" "$outside" -type d -exec chmod 777 {} +
  theirs=$(listing "$outside")
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
  local status=0 option=()
  # What is in the place of a file is kept and told (1), or replaced.
  [ "$program" != cache2dir ] || [ $((tries % 2)) -eq 0 ] || option=(--replace)
  "$@" "${words[@]}" "${option[@]}" >/dev/null 2>"$T/err" || status=$?
  case $status in
    0) well=$((well + 1)) ;;
    3 | 6) refused=$((refused + 1)) ;;
    5)
      [ "$program" = aistudio ] || fail "$place: ends with 5: $(cat "$T/err")"
      grep -qE 'another program (changed what was there|made it meanwhile); run it again$' "$T/err" ||
        fail "$place: ends with 5: $(cat "$T/err")"
      refused=$((refused + 1))
      ;;
    1)
      [ "$program" = cache2dir ] || fail "$place: ends with 1: $(cat "$T/err")"
      expect_text "$T/err" 'another file is in its place and was kept'
      refused=$((refused + 1))
      ;;
    *) fail "$place: ends with $status: $(cat "$T/err")" ;;
  esac
  tries=$((tries + 1))
  [ "$(listing "$outside")" = "$theirs" ] || fail "$place: written outside: $(listing "$outside")"
  find "$hub" -depth \( -type f -o -type l ! -name '*.link' -o -type d -name '????????????????????????????????????????' \) -delete 2>/dev/null || true
}
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
flip "$hub/${places[0]}"
python3 - "$hub/${places[0]}" "$outside" <<'PY' || fail "the naive program never wrote outside: the race proves nothing"
import os, sys
flipped, outside = sys.argv[1:]
for number in range(200000):
    try:
        open(f"{flipped}/{number % 100}", "w").close()
    except OSError:
        pass
    if number % 100 == 0 and any(name.isdigit() for name in os.listdir(outside)):
        sys.exit(0)
sys.exit(1)
PY
stop
