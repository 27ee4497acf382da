#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each way in which cache2clone can refuse or fail: its code, a message that names path and reason, and nothing left behind.
. "$(dirname "$0")/lib.sh"

make_clone
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
listing "$T/hub" >"$T/hub.before"
mkdir "$T/place"
made=$T/place/made
nothing_made() {
  [ -z "$(ls -A "$T/place")" ] || fail "$1: something was made: $(find "$T/place" | head)"
}
refused() { # STATUS TEXT ARGUMENT...
  local status=$1 text=$2
  shift 2
  expect_status "$status" cache2clone "$@"
  expect_text "$T/err" "$text"
  [ ! -s "$T/out" ] || fail "stdout is not empty: $(cat "$T/out")"
  nothing_made "$*"
  expect_status "$status" cache2clone "$@" --json
  [ "$status" -eq 2 ] && [ ! -s "$T/out" ] && return 0
  tail -n 1 "$T/out" | grep -qF "\"status\":$status" || fail "the last record is $(tail -n 1 "$T/out")"
}
from() { refused "$1" "$2" org/demo "$made" --from "hf:$3" "${@:4}"; }

# 2: usage
from 2 "Try 'cache2clone --help'" "$T/hub" --no-such-option
refused 2 'takes a repo and the directory to make' org/demo --from "hf:$T/hub"
refused 2 'takes a repo and the directory to make'
refused 2 'names no directory' org/demo '' --from "hf:$T/hub"
refused 2 "has '--' in it" org/a--b "$made" --from "hf:$T/hub"
from 2 '--worktree takes one of' "$T/hub" --worktree all
from 2 '--link takes one of' "$T/hub" --link magic
refused 2 '--from takes a cache' org/demo "$made" --from "clone:$T/repo/clone"
for url in https://user:secret@host/x https://secret@host/x 'https://host/x?token=secret' 'ext::sh -c secret' -usecret "$(printf 'a\nb')"; do
  from 2 '--remote' "$T/hub" "--remote=$url"
  expect_no_text "$T/err" secret
done
# A target in the source, also by a link.
ln -s "$T/hub" "$T/alias"
for inside in "$T/hub" "$T/hub/made" "$T/alias/models--org--demo/made"; do
  expect_status 2 cache2clone org/demo "$inside" --from "hf:$T/hub"
  expect_text "$T/err" 'lies in, the source'
done

# 4: not there
from 4 "$T/nowhere" "$T/nowhere"
refused 4 'has no model/org/other' org/other "$made" --from "hf:$T/hub"
refused 4 "no revision 'nosuch'" org/demo@nosuch "$made" --from "hf:$T/hub"

# 6: something is there, which stays as it is. An empty directory is room.
for make in 'echo mine >made' 'mkdir made; echo mine >made/mine' 'mkdir made; : >made/.hidden' 'ln -s nowhere made' 'mkfifo made'; do
  (cd "$T/place" && bash -c "$make")
  listing "$T/place" >"$T/before"
  expect_status 6 cache2clone org/demo "$made" --from "hf:$T/hub"
  expect_text "$T/err" "$made"
  listing "$T/place" >"$T/after"
  diff "$T/before" "$T/after" || fail "what was there was changed: $make"
  rm -r "$made"
done
mkdir "$made"
expect_status 0 cache2clone org/demo "$made" --from "hf:$T/hub"
"$support/clone_check.sh" "$made" || fail "the clone in an empty directory is not sound"
listing "$made" >"$T/before"
expect_status 6 cache2clone org/demo "$made" --from "hf:$T/hub"
listing "$made" >"$T/after"
diff "$T/before" "$T/after" || fail "a clone that is there was changed"
rm -r "$made"
mkdir "$T/real"
ln -s "$T/real" "$T/link"
expect_status 0 cache2clone org/demo "$T/link" --from "hf:$T/hub"
[ -L "$T/link" ] && "$support/clone_check.sh" "$T/real" || fail "a link to an empty directory is not followed"

# A dry run says the same and writes nothing.
expect_status 0 cache2clone org/demo "$made" --from "hf:$T/hub" --dry-run
[ "$(cat "$T/out")" = "$made" ] || fail "the dry run prints $(cat "$T/out")"
nothing_made 'a dry run'
expect_status 0 cache2clone org/demo "$T/deep/er/made" --from "hf:$T/hub" --dry-run --json
[ ! -e "$T/deep" ] || fail "a dry run makes directories"
tail -n 1 "$T/out" | grep -qF '"dry_run":true' || fail "the last record is $(tail -n 1 "$T/out")"
expect_status 0 cache2clone org/demo "$T/deep/er/made" --from "hf:$T/hub" --json
python3 - "$T/out" "$T/deep/er/made" <<'PY' || fail "the records do not tell what was made"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
result, = [r for r in records if r["record"] == "result"]
assert result["path"] == sys.argv[2] and result["repo"] == "org/demo" and result["refs"] == ["main", "v1.0"], result
assert records[-1]["record"] == "summary" and records[-1]["status"] == 0 and records[-1]["written"] == 13, records[-1]
PY

# 6: contents that are missing, damaged or no files
lie() { # STATUS TEXT COMMAND OPTION...: in a copy of the cache
  rm -rf "$T/lying"
  cp -a "$T/hub" "$T/lying"
  local large regular
  large=$(sha256sum <"$T/real/model.safetensors" | cut -c 1-64)
  regular=$(git -C "$T/real" rev-parse HEAD:config.json)
  (cd "$T/lying/models--org--demo/blobs" && large=$large regular=$regular bash -c "$3")
  from "$1" "$2" "$T/lying" "${@:4}"
}
lie 6 'model.safetensors  307200 bytes  sha256:' 'rm $large'
lie 6 'config.json  181 bytes  git-sha1:' 'rm $regular'
lie 6 'its content is sha256:' 'printf y | dd of=$large bs=1 conv=notrunc status=none'
lie 6 'its content is git-sha1:' 'printf y | dd of=$regular bs=1 conv=notrunc status=none'
lie 6 'its content is git-sha1:' 'printf y | dd of=$regular bs=1 conv=notrunc status=none' --verify size
lie 6 'holds 100 bytes of it' 'truncate -s 100 $large'
lie 6 'is not in the cache' 'mv $large real; ln -s real $large'
lie 6 'is not in the cache' 'rm $regular; mkfifo $regular'
# A damaged content that is hard-linked is proved where it is.
lie 6 'it should be sha256:' 'printf y | dd of=$large bs=1 conv=notrunc status=none' --link hardlink

# --partial: without a large file it is the same commit; without a regular one it is another tree, and that is said. The link to
# nothing is a problem of the cache, so it makes 1.
rm -rf "$T/lying"
cp -a "$T/hub" "$T/lying"
rm "$T/lying/models--org--demo/blobs/$(sha256sum <"$T/real/model.safetensors" | cut -c 1-64)"
expect_status 1 cache2clone org/demo "$made" --from "hf:$T/lying" --partial
[ "$(git -C "$made" rev-parse HEAD)" = "$(git -C "$T/real" rev-parse HEAD)" ] || fail "a clone without a large file has another commit"
"$support/clone_check.sh" "$made" --partial || fail "a clone without a large file is not sound"
! git -C "$made" lfs fsck >"$T/out" 2>&1 || fail "git lfs fsck misses nothing"
expect_text "$T/out" model.safetensors
rm -r "$made"
rm "$T/lying/models--org--demo/blobs/$(git -C "$T/real" rev-parse HEAD:config.json)"
expect_status 1 cache2clone org/demo "$made" --from "hf:$T/lying" --partial
expect_text "$T/err" "not in the clone's tree"
expect_text "$T/err" 'one commit without history'
expect_text "$T/err" 'config.json'
"$support/clone_check.sh" "$made" --partial || fail "a clone without a regular file is not sound"
[ -z "$(git -C "$made" ls-files config.json)" ] && [ ! -e "$made/config.json" ] || fail "a file without a content is there"
rm -r "$made"

# 6: names that git cannot have, also not as a part
commit=$(cat "$T/hub/models--org--demo/refs/main")
for name in .git .GIT/config sub/.git/hooks/post-checkout 'git~1' '.git.' '.git:x'; do
  cp -a "$T/hub" "$T/odd"
  rm -r "$T/odd/models--org--demo/trees" "$T/odd/models--org--demo/.modelcache"
  file=$T/odd/models--org--demo/snapshots/$commit/$name
  mkdir -p "$(dirname "$file")"
  depth=$(tr -dc / <<<"$name")
  ln -s "${depth//\//../}../../blobs/$(git -C "$T/real" rev-parse HEAD:config.json)" "$file"
  from 6 'git takes this name for its own directory' "$T/odd"
  expect_text "$T/err" "$name"
  rm -r "$T/odd"
done

# 5: another run makes the same clone
mkdir "$T/place/.made.modelcache-incomplete"
python3 - "$T/place/.made.modelcache-incomplete" "$T/held" <<'PY' &
import fcntl, os, sys, time
directory = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(directory, fcntl.LOCK_EX)
open(sys.argv[2], "w")
time.sleep(60)
PY
children+=($!)
until [ -e "$T/held" ]; do sleep 0.02; done
expect_status 5 cache2clone org/demo "$made" --from "hf:$T/hub" --wait 0s
expect_text "$T/err" --wait
kill "${children[0]}"
wait "${children[0]}" 2>/dev/null || true
# What a run left that died is thrown away, whatever it is.
mkdir -p "$T/place/.made.modelcache-incomplete/.git/hooks"
printf '#!/bin/sh\ntouch %s/pwned\n' "$T" >"$T/place/.made.modelcache-incomplete/.git/hooks/post-checkout"
ln -s "$T/hub" "$T/place/.made.modelcache-incomplete/hub"
expect_status 0 cache2clone org/demo "$made" --from "hf:$T/hub"
[ ! -e "$made/.git/hooks" ] && [ ! -e "$made/hub" ] || fail "what was left is in the clone"
"$support/clone_check.sh" "$made" || fail "the clone after a run that died is not sound"
rm -r "$made"

# 3: permissions; 6: what belongs to others
expect_status 3 cache2clone org/demo /proc/nowhere/made --from "hf:$T/hub"
expect_text "$T/err" /proc/nowhere
if [ "$(id -u)" -eq 0 ]; then
  mkdir "$T/theirs" && chown 65533 "$T/theirs"
  expect_status 6 cache2clone org/demo "$T/theirs/made" --from "hf:$T/hub"
  expect_text "$T/err" 'belongs to another user (uid 65533)'
  expect_status 6 cache2clone org/demo "$T/theirs" --from "hf:$T/hub"
  [ -z "$(ls -A "$T/theirs")" ] || fail "something was made for somebody else"
  expect_status 0 cache2clone org/demo "$T/theirs/made" --from "hf:$T/hub" --allow-foreign-owner
  mkdir "$T/place/.made.modelcache-incomplete" && chown 65533 "$T/place/.made.modelcache-incomplete"
  expect_status 6 cache2clone org/demo "$made" --from "hf:$T/hub" --allow-foreign-owner
  expect_text "$T/err" 'belongs to another user (uid 65533)'
  rm -rf "$T/place/.made.modelcache-incomplete"
  # 1: names that may not be read could be those of the commit; the clone is made all the same.
  cp -a "$T/hub" "$T/closed" && chmod -R a+rX "$T/closed" && chmod 000 "$T/closed/models--org--demo/refs/refs"
  chmod 755 "$T" && mkdir "$T/nobody" && chown 65534 "$T/nobody"
  expect_status 1 setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$T/nobody" PATH="$PATH" \
    cache2clone org/demo "$T/nobody/made" --from "hf:$T/closed"
  expect_text "$T/err" 'error: permission_denied: models--org--demo/refs/refs'
  "$support/clone_check.sh" "$T/nobody/made" || fail "the clone that nobody made is not sound"
fi

# 128+N: as the shell sees it, with nothing left
for call in pwrite64 renameat2 futimens utimensat; do
  [ "$call" != futimens ] || continue
  status=0
  bash -c "strace -f -qq -o /dev/null -e trace=$call -e inject=$call:signal=TERM:when=3 cache2clone org/demo '$made' --from 'hf:$T/hub' -j1; exit \$?" >"$T/out" 2>"$T/err" || status=$?
  [ "$status" -eq 143 ] || fail "a run that SIGTERM ends at $call shows $status: $(cat "$T/err")"
  nothing_made "SIGTERM at $call"
done

listing "$T/hub" >"$T/hub.after"
diff "$T/hub.before" "$T/hub.after" || fail "the cache was changed"
