#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# While a neighbour swaps a directory of a cache, tree or plain directory for a link to elsewhere, where files of the same names are bad too,
# verify-sha --repair-from and --quarantine write, move and remove nothing there; in a quiet moment after it all is mended. With openat2, and
# where the kernel lacks it. As root, the neighbour is somebody else.
#
# Usage: repair_never_escapes.sh hf|dir|aistudio
. "$(dirname "$0")/lib.sh"

use_memory
use_neighbour
"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/source"
layout=$1 place=$memory/place outside=$memory/outside
case $layout in
  hf)
    cp -a "$T/source" "$T/start"
    places=(models--org--small/blobs models--org--small)
    ;;
  dir)
    expect_status 0 cache2dir org/small "$T/start" --from "hf:$T/source"
    places=(sub .cache)
    ;;
  aistudio)
    expect_status 0 clone2cache "$T/small/clone" --to "aistudio:$T/start"
    places=(models/org/small/sub models/org/small)
    ;;
esac
mended=0 left=0 tries=0
try() { # COMMAND...: one run, judged
  local status=0 more=()
  # What the run is to mend, wherever the neighbour has it now; this shell would follow the link.
  kill -STOP "$flipper"
  until grep -q '^State:.*stopped' "/proc/$flipper/status"; do sleep 0.01; done
  find "$place" -type f \( -name model.bin -o -path '*blobs*' -size +20k \) -exec sh -c 'printf y | dd of="$1" conv=notrunc status=none' - {} \;
  kill -CONT "$flipper"
  [ $((tries % 2)) -eq 0 ] || more=(--quarantine "$memory/aside")
  "$@" verify-sha "$layout:$place" --repair-from "hf:$T/source" "${more[@]}" --wait 0s >/dev/null 2>"$T/err" || status=$?
  case $status in
    0) mended=$((mended + 1)) ;;
    1 | 3 | 4 | 5 | 6) left=$((left + 1)) ;;
    *) fail "$each: ends with $status: $(cat "$T/err")" ;;
  esac
  tries=$((tries + 1))
  [ "$(listing "$outside")" = "$theirs" ] || fail "$each: changed outside: $(listing "$outside")"
}
for each in "${places[@]}"; do
  rm -rf "$place" "$outside" "$memory/aside"
  cp -a "$T/start" "$place"
  cp -a "$place/$each" "$outside"
  find "$outside" -type f -exec sh -c 'echo theirs >"$1"' - {} \;
  find "$place" "$outside" -type d -exec chmod 777 {} +
  theirs=$(listing "$outside")
  ln -s "$outside" "$place/$each.link"
  "${as_neighbour[@]}" "$T/flip" "$place/$each" "$place/$each.link" 600 &
  flipper=$!
  children+=("$flipper")
  for _ in $(seq 60); do try env; done
  for _ in $(seq 10); do try strace -f --seccomp-bpf -qq -o "$T/trace" -e trace=openat2 -e inject=openat2:error=ENOSYS; done
  kill "$flipper" || fail "nothing was exchanged"
  wait "$flipper" 2>/dev/null || true
  [ -d "$place/$each" ] && [ ! -L "$place/$each" ] || mv -T "$place/$each.link" "$T/real.$tries"
  [ ! -e "$T/real.$tries" ] || { rm "$place/$each" && mv "$T/real.$tries" "$place/$each"; }
  rm -rf "$place/$each.link"
  expect_status 0 verify-sha "$layout:$place" --repair-from "hf:$T/source"
done
echo "$tries tries: $mended mended all, $left left something"
[ "$left" -gt 0 ] || fail "the race was not met"
