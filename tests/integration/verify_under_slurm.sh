#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Under a real Slurm an array verifies a cache and a job behind it merges the reports; a shard that was killed is named, runs again alone, and
# then the verdict is that of one run.
. "$(dirname "$0")/lib.sh"
. "$support/slurm.sh"

# A cache of 300 files in two repos, with three damages.
use_memory
mkdir "$T/clone"
git -C "$T/clone" init -q -b main
for number in $(seq 150); do head -c "$((number * 400))" /dev/urandom >"$T/clone/$number.txt"; done
git -C "$T/clone" add .
git -C "$T/clone" commit -qm files
for repo in one two; do
  git -C "$T/clone" remote remove origin 2>/dev/null || true
  git -C "$T/clone" remote add origin "https://huggingface.co/org/$repo"
  clone2cache "$T/clone" --to "hf:$memory/hub" >/dev/null 2>"$T/err" || fail "clone2cache: $(cat "$T/err")"
done
find "$memory/hub" -path '*/blobs/*' -type f | sort | sed -n '10p;100p;200p' >"$T/damaged"
while read -r blob; do printf x | dd of="$blob" conv=notrunc status=none; done <"$T/damaged"
status=0
verify-sha "hf:$memory/hub" >"$T/whole" 2>/dev/null || status=$?
[ "$status" -eq 1 ] && [ "$(grep -c 'unmatched, please' "$T/whole")" -eq 3 ] || fail "the cache is not as it was to be: status $status"

# One shard is slow, so that it can be killed in its middle.
mkdir "$T/slow"
real=$(command -v verify-sha)
cat >"$T/slow/verify-sha" <<WRAPPER
#!/bin/sh
case "\$*" in
  *"--shard 3/4"*) [ ! -e "$T/slow/on" ] || exec strace -f -qq -o /dev/null -e trace=pread64 -e inject=pread64:delay_enter=500000 "$real" "\$@" ;;
esac
exec "$real" "\$@"
WRAPPER
chmod +x "$T/slow/verify-sha"
touch "$T/slow/on"
export PATH=$T/slow:$PATH REPORTS=$T/reports

start_slurm 4
cd "$T"
script=$top/scripts/verify-slurm.sbatch
array=$(sbatch --parsable --array=1-4 --output="$T/task-%a.log" "$script" "hf:$memory/hub")
merging=$(sbatch --parsable --dependency="afterany:$array" --output="$T/merge.out" --error="$T/merge.log" "$script" --merge)
for _ in $(seq 450); do
  [ ! -e "$T/reports/report.1" ] || [ ! -e "$T/reports/report.2" ] || [ ! -e "$T/reports/report.4" ] || [ -z "$(cat "$T"/reports/part.3.* 2>/dev/null)" ] || break
  sleep 0.2
done
grep -q '"shard":3,"shards":4' "$T"/reports/part.3.* || fail "the third task does not run: $(squeue; cat "$T"/*.log)"
scancel --full --signal=KILL "${array}_3"
await "$merging"
[ "$status" -eq 6 ] || fail "the merging job ended with $status: $(cat "$T"/*.log)"
expect_text "$T/merge.log" 'run again: --shard 3/4'
expect_no_text "$T/merge.log" --shard\ 1/4

rm "$T/slow/on"
await "$(SHARDS=4 sbatch --parsable --array=3 --output="$T/again.log" "$script" "hf:$memory/hub")"
[ "$status" -le 1 ] || fail "the shard that ran again ended with $status: $(cat "$T/again.log")"
await "$(sbatch --parsable --output="$T/merge.out" --error="$T/merge.log" "$script" --merge)"
[ "$status" -eq 1 ] || fail "the second merging job ended with $status: $(cat "$T"/*.log)"
diff "$T/whole" "$T/merge.out" || fail "the verdict is another one"
