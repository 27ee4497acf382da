#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each way in which cache-scan can end has its documented code, and with --json the last record carries the same; the worst of several
# places wins, and the others are still shown.
. "$(dirname "$0")/lib.sh"

make_repo() { # ROOT NAME
  local commit repo=$1/models--org--$2
  commit=$(printf '%040d' 1)
  mkdir -p "$repo/blobs" "$repo/refs" "$repo/snapshots/$commit"
  printf '{}' >"$repo/blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b"
  ln -s ../../blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b "$repo/snapshots/$commit/config.json"
  printf %s "$commit" >"$repo/refs/main"
}

ends_with() { # STATUS ARGUMENT...: as text and as JSON
  local status=$1
  shift
  expect_status "$status" cache-scan "$@" --json
  [ "$status" -eq 2 ] && [ ! -s "$T/out" ] ||
    python3 - "$T/out" "$status" <<'PY' || fail "cache-scan $*: the records end with $(tail -n 1 "$T/out")"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
assert [r["record"] for r in records].count("summary") == 1, records
assert records[-1]["record"] == "summary" and records[-1]["status"] == int(sys.argv[2]), records[-1]
assert int(sys.argv[2]) < 2 or records[-1]["message"], records[-1]
PY
  expect_status "$status" cache-scan "$@"
}

make_repo "$T/whole" demo
make_repo "$T/broken" demo
rm "$T/broken/models--org--demo/blobs"/*
make_repo "$T/warned" demo
touch "$T/warned/stray"
make_repo "$T/unlisted" demo
touch "$T/unlisted/models--org--demo/trees"
make_repo "$T/linked" demo
ln -s /etc "$T/linked/models--org--demo/trees"
mkdir "$T/empty"

ends_with 0 "hf:$T/whole"
expect_text "$T/out" org/demo
ends_with 0 "hf:$T/empty"
ends_with 0 --ready org/demo "hf:$T/whole"

ends_with 1 "hf:$T/broken"
[ ! -s "$T/err" ] || fail "findings are shown without --check: $(cat "$T/err")"
ends_with 1 "hf:$T/broken" --check
expect_text "$T/err" 'error: link_broken: models--org--demo/'
ends_with 0 "hf:$T/warned"
ends_with 1 "hf:$T/warned" --strict
for cache in unlisted linked; do
  ends_with 0 "hf:$T/$cache"
  expect_text "$T/out" org/demo
  expect_status 0 cache-scan "hf:$T/$cache" --json
  expect_text "$T/out" tree_unreadable
done
ends_with 0 "hf:$T/broken" --filter 'repo=org/other'
ends_with 1 --ready org/demo "hf:$T/broken"
ends_with 1 --ready org/other "hf:$T/whole"
expect_text "$T/out" 'no repo model/org/other'

for words in "--nosuch" "--limit some" "--filter size" "--sort weight" "--jobs 0" "--ready a--b" "--ready org/demo --find x" \
  "--lookup org/demo" "clone:$T" "dir:$T" "hub:$T/whole" "--color pink"; do
  # shellcheck disable=SC2086  # several words
  ends_with 2 "hf:$T/whole" $words
  expect_text "$T/err" "Try 'cache-scan --help'."
  [ ! -s "$T/out" ] || fail "a usage error prints something: $(cat "$T/out")"
done

ends_with 4 "hf:$T/nowhere"
ends_with 4 --lookup org/demo nosuch "hf:$T/whole"
ends_with 4 --find "$(printf '%064d' 0)" "hf:$T/whole"
ends_with 4
expect_text "$T/err" 'there is no cache at'

# PLACE may stand before or behind.
for words in "hf:$T/whole --lookup org/demo config.json" "--lookup org/demo config.json hf:$T/whole"; do
  # shellcheck disable=SC2086
  ends_with 0 $words
  [ "$(cat "$T/out")" = "$T/whole/models--org--demo/snapshots/$(printf '%040d' 1)/config.json" ] || fail "$words: $(cat "$T/out")"
done

expect_status 3 bash -c "ulimit -f 0; exec cache-scan 'hf:$T/whole' >'$T/limited'"

# Of several places those that can be are shown, and the worst decides.
ends_with 4 "hf:$T/nowhere" "hf:$T/broken" "hf:$T/whole"
[ "$(grep -c org/demo "$T/out")" -eq 2 ] || fail "one missing place hides the others: $(cat "$T/out")"
expect_text "$T/err" "$T/nowhere"

# ... also where a bare path is the one that is not there; and one place that is named twice is one.
ends_with 4 "$T/nowhere" "$T/whole"
[ "$(grep -c org/demo "$T/out")" -eq 1 ] || fail "a missing bare path hides the others: $(cat "$T/out")"
ln -s whole "$T/same"
ends_with 0 "$T/whole" "hf:$T/whole/" "hf:$T/same" --dir "$T/whole"
expect_text "$T/out" '1 repo, 1 revision, 2.0 on disk'

# --find takes a file however it is written, and a digest as our own records write it.
file=models--org--demo/snapshots/$(printf '%040d' 1)/config.json
for wanted in "$T/whole/$file" "$T/same/$file" "$T/whole/../whole/$file" git-sha1:9e26dfeeb6e641a33dae4961196235bdb965b21b; do
  (cd "$T" && ends_with 0 --find "$wanted" hf:whole)
  expect_text "$T/out" config.json
done
printf '{}' >"$T/copy" && ln -s copy "$T/link"
ends_with 0 --find "$T/link" "hf:$T/whole"
ends_with 4 --find "$T/nosuch" "hf:$T/whole"
expect_text "$T/err" "$T/nosuch"
ends_with 4 --lookup org/demo@dev config.json "hf:$T/whole"
expect_text "$T/err" 'model/org/demo@dev config.json'
ends_with 2 --ready https://user:secret@huggingface.co/org/demo "hf:$T/whole"
expect_no_text "$T/err" secret

# A reader that never reads, then a signal: the shell sees which.
for i in $(seq 150); do make_repo "$T/many" "$(printf '%060d' "$i")"; done
mkfifo "$T/fifo"
sleep 60 <"$T/fifo" &
children+=($!)
for signal in INT TERM HUP; do
  python3 - "$T" "$signal" <<'PY' || fail "SIG$signal"
import os, signal, subprocess, sys, time
root, number = sys.argv[1], getattr(signal, "SIG" + sys.argv[2])
with open(root + "/fifo", "wb") as fifo:
    child = subprocess.Popen(["cache-scan", f"hf:{root}/many", "--json", "--files"], stdout=fifo)
    for _ in range(500):
        if "pipe_w" in open(f"/proc/{child.pid}/wchan").read() or open(f"/proc/{child.pid}/stat").read().split()[2] == "S":
            break
        time.sleep(0.01)
    time.sleep(0.1)
    assert child.poll() is None, child.returncode
    os.kill(child.pid, number)
    assert child.wait(10) == -number, child.returncode
PY
done
