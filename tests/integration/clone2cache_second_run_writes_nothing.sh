#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A second equal run, and a dry run, change nothing: no system call of theirs even tries.
. "$(dirname "$0")/lib.sh"
need strace

make_clone
mutating=openat,openat2,open,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,chmod
mutating+=,fchmod,fchmodat,truncate,ftruncate,fallocate,utimensat,copy_file_range,chown,fchown,fchownat
changes() { # TRACE: the calls in it that would change a file
  grep -vE 'openat?2?\(.*O_RDONLY|openat2\(.*flags=O_RDONLY|ENOENT' "$1" | grep -E "$T/(hub|repo)" || true
}

expect_status 0 strace -f -qq -y -o "$T/trace" -e "trace=$mutating" clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs --dry-run --json
[ ! -e "$T/hub" ] || fail "a dry run made the cache"
[ -z "$(changes "$T/trace")" ] || fail "a dry run tries: $(changes "$T/trace")"
python3 - "$T/out" >"$T/planned" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    record = json.loads(line)
    if record["record"] == "entry":
        print(record["path"], record["size"], record["digest"], record["action"], record["method"])
PY

expect_status 0 strace -f -qq -y -o "$T/trace" -e "trace=$mutating" clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs --json
[ -n "$(changes "$T/trace")" ] || fail "the first run is not seen to write: this test proves nothing"
python3 - "$T/out" >"$T/done" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    record = json.loads(line)
    if record["record"] == "entry":
        print(record["path"], record["size"], record["digest"], record["action"], record["method"])
PY
[ -s "$T/planned" ] || fail "the dry run shows no entries"
diff "$T/planned" "$T/done" >/dev/null || [ "$(stat -f -c %T "$T")" = overlayfs ] || fail "the dry run shows other steps than the real run: $(diff "$T/planned" "$T/done")"

# A dry run foresees each way in which contents get there: regular files come out of git's objects, so they are never linked, and a
# person's own files are not linked either.
cp -a "$T/repo/clone" "$T/pruned" && rm -rf "$T/pruned/.git/lfs"
for link in copy hardlink symlink; do
  for clone in repo/clone pruned; do
    rm -rf "$T/linked"
    expect_status 0 clone2cache "$T/$clone" --to "hf:$T/linked" --link "$link" --dry-run --json
    sed 's/"dry_run":true/"dry_run":false/' "$T/out" >"$T/planned"
    expect_status 0 clone2cache "$T/$clone" --to "hf:$T/linked" --link "$link" --json
    diff "$T/planned" "$T/out" || fail "--link $link of $clone: the dry run shows other steps than the real run"
  done
done

listing "$T/hub" >"$T/before"
listing "$T/repo/clone" >"$T/clone-before"
expect_status 0 strace -f -qq -y -o "$T/trace" -e "trace=$mutating" clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
[ -z "$(changes "$T/trace")" ] || fail "the second run tries: $(changes "$T/trace")"
listing "$T/hub" >"$T/after"
listing "$T/repo/clone" >"$T/clone-after"
diff "$T/before" "$T/after" || fail "the second run changed the cache"
diff "$T/clone-before" "$T/clone-after" || fail "the clone was changed"

# The same for each way to write, and for parts.
number=0
for words in '--link copy' '--link hardlink' '--link symlink' '--verify size' '-j1' '-j4' '--revision dev' '--revision v1.0 --revision dev' \
  '--revision dev --ref one --ref two/three' '--include *.json' '--exclude *.bin' '--partial' '--repo datasets/org/other' '--json'; do
  number=$((number + 1))
  set -f
  # shellcheck disable=SC2086  # several words
  expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub-$number" $words
  listing "$T/hub-$number" >"$T/before"
  # shellcheck disable=SC2086
  expect_status 0 strace -f -qq -y -o "$T/trace" -e "trace=$mutating" clone2cache "$T/repo/clone" --to "hf:$T/hub-$number" $words
  set +f
  [ -s "$T/trace" ] && [ -z "$(changes "$T/trace")" ] || fail "$words: the second run tries: $(changes "$T/trace")"
  listing "$T/hub-$number" >"$T/after"
  diff "$T/before" "$T/after" || fail "$words: the second run changed the cache"
done
cp -a "$T/repo/clone" "$T/repo/moved"
expect_status 0 clone2cache "$T/repo/moved" --to "hf:$T/hub-moved" --move
listing "$T/hub-moved" >"$T/before"
expect_status 0 strace -f -qq -y -o "$T/trace" -e "trace=$mutating" clone2cache "$T/repo/moved" --to "hf:$T/hub-moved" --move
[ -z "$(changes "$T/trace")" ] || fail "--move: the second run tries: $(changes "$T/trace")"
listing "$T/hub-moved" >"$T/after"
diff "$T/before" "$T/after" || fail "--move: the second run changed the cache"
