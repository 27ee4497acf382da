#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The reports of shards, in whatever place, order and way they were made, merge to what one run tells; where one is missing, broken or of
# something else nothing is told but which shards are to be run again.
. "$(dirname "$0")/lib.sh"

use_memory
make_places
clone2cache "$T/repo/clone" --to "modelscope:$memory/modelscope" >/dev/null 2>&1

# damage PATTERN: of the contents that fit, in order, the first gets other bytes, the second more of them, the third goes.
damage() {
  find "$memory" -type f -size +0 -path "$1" -links 1 | sort >"$T/contents"
  [ "$(wc -l <"$T/contents")" -ge 3 ] || fail "$1: there is nothing to damage"
  { read -r first && read -r second && read -r third; } <"$T/contents"
  chmod u+w "$first" "$second"
  printf X | dd of="$first" conv=notrunc status=none
  printf X >>"$second"
  rm "$third"
}
damage '*/hub/models--*/blobs/*'
damage '*/clone/[a-z]*'
damage '*/dir/[a-z]*'
damage '*/aistudio/models/org/demo/[a-z]*'
damage '*/shared/models--*/blobs/*'
echo stray >"$memory/hub/stray"
echo more >"$memory/dir/more.txt"
ln "$memory/dir/vocab.txt" "$memory/dir/twice.txt" 2>/dev/null || ln "$memory/dir/config.json" "$memory/dir/twice.txt"

without_seconds() { sed 's/"seconds":[0-9]*/"seconds":0/' "$1"; }
# shards N ARGUMENT...: the reports are $T/reports/1 and so on, made from the last to the first.
shards() {
  local count=$1
  shift
  rm -rf "$T/reports"
  mkdir "$T/reports"
  for number in $(seq "$count" -1 1); do
    verify-sha --shard "$number/$count" "$@" -j "$((number % 3 + 1))" --json >"$T/reports/$number" 2>"$T/err" || [ $? -eq 1 ] ||
      fail "shard $number of $*: $(cat "$T/err")"
  done
}
# same ARGUMENT...: a run, and $counts shards of it that are merged, tell the same in both forms and end the same.
same() {
  local status=0
  verify-sha "$@" --json >"$T/whole.json" 2>/dev/null || status=$?
  verify-sha "$@" >"$T/whole.text" 2>"$T/whole.err" || true
  for count in ${counts:-3}; do
    shards "$count" "$@"
    expect_status "$status" verify-sha --json --merge "$T"/reports/*
    diff <(without_seconds "$T/whole.json") <(without_seconds "$T/out") || fail "$count shards of $*: other records"
    expect_status "$status" verify-sha --merge "$T"/reports/*
    diff "$T/whole.text" "$T/out" || fail "$count shards of $*: other lines"
    diff "$T/whole.err" "$T/err" || fail "$count shards of $*: other messages"
  done
  [ "$(grep -c '"record":"file"' "$T/whole.json")" -ge 8 ] || fail "$*: there was little to verify"
}
counts='1 2 9' same "hf:$memory/hub"
expect_text "$T/whole.err" stray
expect_text "$T/whole.text" unmatched
expect_text "$T/whole.text" 'should download'
same "hf:$memory/hub" --repo org/demo@main
same "hf:$memory/hub" --quick
same "hf:$memory/shared"
same "$memory/clone"
same "$memory/dir"
same "aistudio:$memory/aistudio"
same "modelscope:$memory/modelscope"
(cd "$T/repo/clone" && git lfs ls-files -n | head -n 3 | xargs -d '\n' sha256sum) >"$T/manifest"
same "$memory/dir" --manifest "$T/manifest"
start_hub --repo "model:org/demo=$T/repo/origin.git" --page 7
export HF_ENDPOINT=$hub NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
same "$memory/dir" --hub --repo org/demo
unset HF_ENDPOINT

# Each content is read by one of them, and none has much more to do than others: 20 equal ones, some with several names.
mkdir "$memory/even"
for number in $(seq 20); do head -c 1000000 /dev/urandom >"$memory/even/$number" && ln "$memory/even/$number" "$memory/even/$number.again"; done
(cd "$memory/even" && sha256sum ./*) >"$T/even"
shards 4 "$memory/even" --manifest "$T/even"
for number in 1 2 3 4; do expect_text "$T/reports/$number" '"bytes_hashed":5000000'; done

# Another path and other times are no other tree; the number of threads, above, is none either.
cp -a "$memory/dir" "$memory/elsewhere"
find "$memory/elsewhere" -exec touch -d '2001-02-03' {} +
shards 3 "$memory/dir"
verify-sha "$memory/elsewhere" --shard 2/3 --json >"$T/reports/2" 2>/dev/null || true
expect_status 1 verify-sha --merge "$T"/reports/*
cp "$T/out" "$T/moved"
{ verify-sha "$memory/dir" 2>/dev/null || true; } | diff - "$T/moved" || fail "a shard that ran elsewhere tells something else"

# What fails is said when they are merged. A state is each shard's own.
cp "$memory/dir/more.txt" "$memory/even"
shards 2 "$memory/even" --manifest "$T/even" --fail-on extra
expect_status 0 verify-sha --merge "$T"/reports/*
expect_status 1 verify-sha --merge "$T"/reports/* --fail-on extra
for turn in matched skipped; do
  for number in 1 2; do
    verify-sha "$memory/even" --manifest "$T/even" --shard "$number/2" --state "$T/state.$number" --json >"$T/reports/$number"
  done
  expect_status 0 verify-sha --merge "$T"/reports/*
  expect_text "$T/out" "40 $turn"
done

# refused TEXT REPORT...: nothing is told on stdout.
refused() {
  local text=$1
  shift
  expect_status 6 verify-sha --merge "$@"
  expect_text "$T/err" "$text"
  [ ! -s "$T/out" ] || fail "something was told of reports that are refused"
  expect_status 6 verify-sha --json --merge "$@"
  [ "$(wc -l <"$T/out")" -eq 1 ] || fail "something was told of reports that are refused"
  tail -n 1 "$T/out" | grep -q '"status":6' || fail "the summary says otherwise"
}
shards 4 "$memory/dir"
(cd "$T/reports" && for number in 1 2 3 4; do mv "$number" "report.$number"; done)
cd "$T/reports"
refused 'run again: --shard 2/4, --shard 3/4' report.1 report.4
refused 'are both of shard 1/4' report.*[1234] report.1
cp report.1 again
refused "'report.1' and 'again' are both of shard 1/4" report.* again
for broken in 'sed $d' 'head -n 1' 'head -c 700' 'sed s/"unchecked":0/"unchecked":2/' 'sed s/"status":[01],"matched/"status":3,"matched/' \
  'sed s/"record":"file"/"record":"other"/' 'sed 2s/$/x/' 'sed 2s/"size":[0-9]*/"size":"x"/' 'tr : \0' 'head -c 0' 'sed 2d'; do
  # shellcheck disable=SC2086
  $broken <report.3 >broken
  ! cmp -s report.3 broken || fail "'$broken' changes nothing"
  refused 'run again: --shard 3/4' report.[124] broken
  expect_text "$T/err" broken
done
sed '2s/$/x/' report.3 >broken
refused "'broken': line 2:" report.[124] broken
{ head -n 1 report.3 && head -c 10000000 /dev/zero | tr '\0' x; } >broken
refused "'broken': line 2: it has more than" report.[124] broken
sed 1d report.3 >broken
refused "'broken': line 1: it is no shard record" report.[124] broken
refused 'run again: --shard 3/4' report.[124] broken
refused 'no such file' report.[124] none
sed '1s/"version":"/&9/' report.3 >broken
refused 'of different versions' report.[124] broken
verify-sha "$memory/dir" --shard 3/5 --json >broken 2>/dev/null || true
refused 'of 4 and of 5 shards' report.[124] broken
verify-sha "$memory/dir" --quick --shard 3/4 --json >broken 2>/dev/null || true
refused 'with --quick and without' report.[124] broken
echo more >"$memory/dir/even-more.txt"
verify-sha "$memory/dir" --shard 3/4 --json >broken 2>/dev/null || true
refused 'of different trees' report.[124] broken
rm "$memory/dir/even-more.txt"

# A run that was killed leaves a report that tells which one it was.
strace -f -qq -o /dev/null -e trace=pread64 -e inject=pread64:delay_enter=300000 verify-sha "$memory/dir" --shard 3/4 -j1 --json >killed 2>/dev/null &
for _ in $(seq 200); do [ ! -s killed ] || break; sleep 0.05; done
pkill -KILL -P "$!" || fail "the run was over before it was killed: this proves nothing"
wait "$!" || true
[ "$(wc -l <killed)" -eq 1 ] || fail "the report of a killed run: $(cat killed)"
refused "'killed': it ends without a summary: the run was killed; run again: --shard 3/4" report.[124] killed
verify-sha "$memory/dir" --shard 3/4 --json >killed 2>/dev/null || true
expect_status 1 verify-sha --merge report.[124] killed
{ verify-sha "$memory/dir" 2>/dev/null || true; } | diff - "$T/out" || fail "the verdict is another one"

for arguments in '--shard 0/4' '--shard 5/4' '--shard 1/0' '--shard 1' '--shard a/b' "--shard 1/2 --write-manifest $T/none" "--shard 1/2 $memory/even" \
  "--shard 1/2 --merge" "--state $T/none --merge" '--quick --merge' '--time-limit 5s --merge'; do
  # shellcheck disable=SC2086
  expect_status 2 verify-sha "$memory/dir" $arguments
done
expect_status 2 verify-sha --merge
status=0
verify-sha --merge report.[124] killed >/dev/full 2>"$T/err" || status=$?
[ "$status" -eq 3 ] || fail "a full output ended with $status"
