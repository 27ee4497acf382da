#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files and directories that are removed while cache-scan or verify-sha looks make it end with 0 or 1, never with a failure.
#
# Usage: vanishing_files_are_notes.sh [cache-scan|verify-sha]
. "$(dirname "$0")/lib.sh"

use_memory
make_clone
clone2cache "$T/repo/clone" --to "hf:$memory/golden" --all-refs >/dev/null 2>&1
for number in $(seq 12); do cp -a "$memory/golden/models--org--demo" "$memory/golden/models--org--copy$number"; done
program=${1:-cache-scan} met=0 vanished=0
case $program in
  cache-scan) words=(--files --check) ;;
  verify-sha) words=() ;;
  *) fail "$program is not known here" ;;
esac
for round in $(seq 100); do
  rm -rf "$memory/hub"
  cp -a "$memory/golden" "$memory/hub"
  python3 - "$memory/hub" "$round" <<'PY' &
import os, random, shutil, sys
root, chance = sys.argv[1], random.Random(int(sys.argv[2]))
victims = [os.path.join(parent, name) for parent, folders, files in os.walk(root) for name in folders + files]
chance.shuffle(victims)
for victim in victims[: len(victims) // 3]:
    try:
        shutil.rmtree(victim) if os.path.isdir(victim) and not os.path.islink(victim) else os.unlink(victim)
    except OSError:
        pass
PY
  remover=$!
  while kill -0 "$remover" 2>/dev/null; do
    status=0
    "$program" "hf:$memory/hub" "${words[@]}" >/dev/null 2>"$T/err" || status=$?
    [ "$status" -le 1 ] || fail "round $round: ends with $status: $(tail -n 3 "$T/err")"
    ! grep -q vanished "$T/err" || vanished=$((vanished + 1))
    # What vanished is a note: the errors are those of links and refs that lead to nothing now.
    ! grep -E '^error: .*vanished' "$T/err" || fail "round $round: what vanished is an error"
    [ "$status" -eq 0 ] || met=$((met + 1))
  done
  wait "$remover"
done
echo "$met runs met a cache that was being removed; $vanished saw something vanish"
[ "$met" -ge 100 ] || fail "only $met runs met the removal: nothing was proved"
