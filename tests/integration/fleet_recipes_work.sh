#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The recipes of docs/fleet.md, and the script for Slurm without a Slurm, do what one run does.
. "$(dirname "$0")/lib.sh"

make_clone
clone2cache "$T/repo/clone" --to "hf:$T/models" >/dev/null 2>&1
printf x >>"$(find "$T/models" -path '*/blobs/*' -type f | sort | head -n 1)"
status=0
verify-sha "hf:$T/models" >"$T/whole" 2>/dev/null || status=$?
[ "$status" -eq 1 ] || fail "there is no damage"
# same WHAT REPORT...: merged, they are that run.
same() {
  local what=$1
  shift
  expect_status 1 verify-sha --merge "$@"
  diff "$T/whole" "$T/out" || fail "$what: another verdict"
  rm -rf "$T/reports"
  mkdir "$T/reports"
}
mkdir "$T/reports"
here() { sed "s#hf:/models#hf:$T/models#; s#/reports/#$T/reports/#g; s#>reports/#>$T/reports/#g"; }

# The manifest is YAML, and its jobs are what they have to be. A python that is there for other things may lack the module.
for python in python3 /usr/bin/python3; do ! "$python" -c 'import yaml' 2>/dev/null || break; done
sed -n '/^```yaml$/,/^```$/p' "$top/docs/fleet.md" | grep -v '^```' >"$T/verify.yaml"
"$python" - "$T/verify.yaml" "$T" <<'PY'
import sys, yaml
verify, merge = yaml.safe_load_all(open(sys.argv[1]))
for job in verify, merge:
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job"), job
    pod = job["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    [container] = pod["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert container["command"][:2] == ["sh", "-c"] and len(container["command"]) == 3
    open(f"{sys.argv[2]}/{container['name']}.sh", "w").write(container["command"][2])
spec = verify["spec"]
assert spec["completionMode"] == "Indexed" and spec["completions"] == spec["parallelism"] == 8
[shards] = spec["template"]["spec"]["containers"][0]["env"]
assert shards == {"name": "SHARDS", "value": "8"}
PY
for index in $(seq 0 7); do JOB_COMPLETION_INDEX=$index SHARDS=8 sh -c "$(here <"$T/verify.sh")" 2>/dev/null || fail "index $index"; done
status=0
sh -c "$(here <"$T/merge.sh")" >"$T/out" 2>/dev/null || status=$?
[ "$status" -eq 1 ] && diff "$T/whole" "$T/out" || fail "the merging job: status $status"
same 'an indexed Job' "$T"/reports/report.*
status=0
JOB_COMPLETION_INDEX=8 SHARDS=8 sh -c "$(here <"$T/verify.sh")" 2>/dev/null || status=$?
[ "$status" -eq 2 ] || fail "a ninth pod of eight ended with $status"
[ ! -e "$T/reports/report.9" ] || fail "a pod without a verdict left a report"

# The lines for a shell.
line=$(grep '^seq 8 | xargs' "$top/docs/fleet.md" | here)
bash -c "$line" 2>/dev/null || true
same 'xargs' "$T"/reports/report.*

# A task of an array, as Slurm would start it.
export REPORTS="$T/reports/of one run"
task() { # K N ARGUMENT...
  local number=$1 count=$2
  shift 2
  SLURM_ARRAY_TASK_ID=$number SLURM_ARRAY_TASK_COUNT=$count SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=$count "$top/scripts/verify-slurm.sbatch" "$@" 2>"$T/err"
}
for number in 1 2 3 4; do task "$number" 4 "hf:$T/models" || [ $? -eq 1 ] || fail "task $number: $(cat "$T/err")"; done
expect_status 1 "$top/scripts/verify-slurm.sbatch" --merge
diff "$T/whole" "$T/out" || fail "the script merges to something else"
# What has no verdict has no report: a limit, a place that is gone; the earlier report is none of this run.
rm "$REPORTS"/state.2*
status=0
task 2 4 "hf:$T/models" --time-limit 0 || status=$?
[ "$status" -eq 1 ] && [ ! -e "$REPORTS/report.2" ] || fail "a run that was stopped ended with $status: $(ls "$REPORTS")"
status=0
task 3 4 "hf:$T/none" || status=$?
[ "$status" -eq 4 ] && [ ! -e "$REPORTS/report.3" ] || fail "a run without a place ended with $status"
expect_status 6 "$top/scripts/verify-slurm.sbatch" --merge
expect_text "$T/err" 'run again: --shard 2/4, --shard 3/4'
[ -z "$(find "$REPORTS" -name 'part.*')" ] || fail "a part was left"
for number in 2 3; do SHARDS=4 task "$number" 1 "hf:$T/models" || [ $? -eq 1 ] || fail "task $number"; done
expect_status 1 "$top/scripts/verify-slurm.sbatch" --merge
# An array from 0, or of some shards without SHARDS.
status=0
SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 "$top/scripts/verify-slurm.sbatch" "hf:$T/models" 2>"$T/err" || status=$?
[ "$status" -eq 2 ] || fail "an array from 0 ended with $status"
expect_text "$T/err" 'SHARDS=N'
env -u REPORTS "$top/scripts/verify-slurm.sbatch" --merge 2>"$T/err" && fail "no REPORTS"
expect_text "$T/err" REPORTS
