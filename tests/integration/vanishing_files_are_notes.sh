#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files and directories that are removed while cache-scan looks make it end with 0 or 1, never with a failure.
. "$(dirname "$0")/lib.sh"

make_clone
clone2cache "$T/repo/clone" --to "hf:$T/golden" --all-refs >/dev/null 2>&1
for number in $(seq 12); do cp -a "$T/golden/models--org--demo" "$T/golden/models--org--copy$number"; done
removed=0
for round in $(seq 100); do
  rm -rf "$T/hub"
  cp -a "$T/golden" "$T/hub"
  python3 - "$T/hub" "$round" <<'PY' &
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
    cache-scan "hf:$T/hub" --files --check >/dev/null 2>"$T/err" || status=$?
    [ "$status" -le 1 ] || fail "round $round: ends with $status: $(tail -n 3 "$T/err")"
    grep -q vanished "$T/err" && removed=$((removed + 1))
  done
  wait "$remover"
done
# The notes themselves are rare; the errors that follow from what is gone are not.
status=0
cache-scan "hf:$T/hub" --check >/dev/null 2>"$T/err" || status=$?
[ "$status" -eq 1 ] || fail "nothing was missing at the end: nothing was proved"
