#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a cache that clone2cache filled comes the very clone again: equal commits and trees, which git and git-lfs take for sound and
# unchanged without reading a file, and go on with from the upstream.
. "$(dirname "$0")/lib.sh"

MAKE_CLONE_ODD_NAMES=yes make_clone
origin=$T/repo/origin.git
upstream=file://$origin

# A branch with history, links, and names that git has to quote.
git clone -q "$upstream" "$T/work" 2>/dev/null
cd "$T/work"
git checkout -q -b links origin/dev
ln -s config.json near
ln -s ../vocab.txt nested/up
ln -s /etc/passwd absolute
ln -s ../../outside nested/out
ln -s .git/config inner
printf 'tab\n' >"$(printf 'tab\there.txt')"
printf 'name\n' >"$(printf 'x%.0s' {1..251}).txt"
git add -A
git commit -qm 'Links and names'
git push -q origin links 2>/dev/null
cd "$T"
git -C "$T/repo/clone" fetch -q "$upstream" '+refs/heads/*:refs/remotes/origin/*'
(cd "$T/repo/clone" && git -c remote.origin.url="$upstream" lfs fetch --all origin >/dev/null 2>&1)
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs

clone() { # STATUS NAME REVISION OPTION...
  local status=$1 name=$2 revision=$3
  shift 3
  rm -rf "${T:?}/$name"
  expect_status "$status" cache2clone "org/demo$revision" "$T/$name" --from "hf:$T/hub" "$@"
  [ ! -e "$T/$name/.git/hooks" ] || fail "the clone comes with hooks"
}
ids() { git -C "$1" rev-parse "$2^{commit}" "$2^{tree}"; }

for revision in main dev v1.0 refs/pr/1 links; do
  case $revision in
    refs/*) theirs=$revision ;;
    v1.0) theirs=refs/tags/v1.0 ;;
    *) theirs=refs/remotes/origin/$revision ;;
  esac
  git -C "$T/repo/clone" -c advice.detachedHead=false checkout -q "$(git -C "$T/repo/clone" rev-parse "$theirs^{commit}")"
  for files in files pointers none; do
    clone 0 made "@$revision" --worktree "$files"
    [ "$(cat "$T/out")" = "$T/made" ] || fail "stdout is $(cat "$T/out")"
    expect_no_text "$T/err" 'one commit without history'
    [ "$(ids "$T/made" HEAD)" = "$(ids "$T/repo/clone" "$theirs")" ] || fail "$revision: other commits: $(ids "$T/made" HEAD)"
    if [ "$files" = none ]; then "$support/clone_check.sh" "$T/made" --no-worktree; else "$support/clone_check.sh" "$T/made"; fi ||
      fail "$revision with $files is not sound"
    [ "$(git -C "$T/made" lfs ls-files -l -n | sort)" = "$(git -C "$T/repo/clone" lfs ls-files -l -n | sort)" ] || fail "$revision: git lfs ls-files differs"
    # The names of the commit, and no others.
    case $revision in
      refs/*) [ "$(git -C "$T/made" for-each-ref --format='%(refname)')" = refs/pr/1 ] || fail "$revision: $(git -C "$T/made" for-each-ref)" ;;
      *)
        [ "$(git -C "$T/made" symbolic-ref HEAD)" = "refs/heads/$revision" ] || fail "$revision is not checked out"
        [ "$(git -C "$T/made" rev-parse '@{upstream}')" = "$(git -C "$T/made" rev-parse HEAD)" ] || fail "$revision has no upstream"
        ;;
    esac
  done
  # All bytes and modes of the worktree are those that git itself makes.
  clone 0 made "@$revision"
  git -C "$T/repo/clone" lfs checkout >/dev/null 2>&1
  (cd "$T/repo/clone" && find . -path ./.git -prune -o ! -type d -printf '%p %y %m %s %l\n' | sort) >"$T/wanted"
  (cd "$T/made" && find . -path ./.git -prune -o ! -type d -printf '%p %y %m %s %l\n' | sort) >"$T/there"
  if [ "$revision" = links ]; then
    grep -vE '^\./(absolute|nested/out|inner) l' "$T/wanted" >"$T/safe" && mv "$T/safe" "$T/wanted"
    grep -qE '^\./near l ' "$T/there" || fail "a link of the worktree is not there"
    for link in absolute nested/out inner; do
      expect_text "$T/err" "link_escapes: $link"
      [ "$(git -C "$T/made" ls-files -v -- "$link")" = "S $link" ] || fail "git misses $link"
    done
  fi
  diff "$T/wanted" "$T/there" || fail "$revision: the worktree is another one"
  (cd "$T/made" && find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum) >"$T/there"
  (cd "$T/repo/clone" && find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum) >"$T/wanted"
  diff "$T/wanted" "$T/there" || fail "$revision: the worktree has other bytes"
done

# The check of status is one that can fail, and a change within the same second shows.
clone 0 made @main
printf '!' | dd of="$T/made/config.json" bs=1 conv=notrunc status=none
[ "$(git -C "$T/made" status --porcelain)" = ' M config.json' ] || fail "a change of a file does not show"
git -C "$T/made" checkout -q config.json
touch "$T/made/model.safetensors"
GIT_TRACE=$T/trace git -C "$T/made" status --porcelain >"$T/out"
grep -q filter-process "$T/trace" || fail "a touched file runs no filter: the check of status proves nothing"
[ ! -s "$T/out" ] || fail "a touched file is changed: $(cat "$T/out")"

# What is made goes back into a cache, and comes out again.
for revision in main links; do
  clone 0 made "@$revision"
  expect_status 0 clone2cache "$T/made" --to "hf:$T/hub2" --revision "$revision"
  expect_status 0 cache2clone "org/demo@$revision" "$T/again-$revision" --from "hf:$T/hub2"
  [ "$(ids "$T/made" HEAD)" = "$(ids "$T/again-$revision" HEAD)" ] || fail "$revision changes on its way there and back"
  "$support/clone_check.sh" "$T/again-$revision" || fail "$revision is not sound after there and back"
done
main=snapshots/$(git -C "$T/again-main" rev-parse HEAD)
diff -r "$T/hub/models--org--demo/$main" "$T/hub2/models--org--demo/$main" || fail "the cache of the clone is another one"

# The upstream goes on; so does the clone. History that the clone does not have comes when it is asked for.
clone 0 follower @dev --remote "$upstream"
git -C "$T/work" checkout -q -B dev origin/dev
echo more >"$T/work/dev-notes.txt"
head -c 40000 /dev/urandom >"$T/work/new.bin"
git -C "$T/work" add -A && git -C "$T/work" commit -qm 'More' && git -C "$T/work" push -q origin dev >/dev/null 2>&1
git -C "$T/follower" pull -q --ff-only >"$T/out" 2>&1 || fail "git pull --ff-only: $(cat "$T/out")"
[ "$(ids "$T/follower" HEAD)" = "$(ids "$T/work" HEAD)" ] || fail "git pull leads elsewhere"
cmp "$T/work/new.bin" "$T/follower/new.bin" || fail "git pull brings no large file"
[ "$(cat "$T/follower/.git/shallow")" != "" ] || fail "the clone is not shallow: this proves nothing"
git -C "$T/follower" fetch -q --unshallow >"$T/out" 2>&1 || fail "git fetch --unshallow: $(cat "$T/out")"
[ "$(git -C "$T/follower" rev-list --count HEAD)" = "$(git -C "$T/work" rev-list --count HEAD)" ] || fail "the history is not whole"
git -C "$T/follower" fsck --strict >"$T/out" 2>&1 || fail "git fsck after all that: $(cat "$T/out")"
[ -z "$(git -C "$T/follower" status --porcelain)" ] || fail "git status after all that: $(git -C "$T/follower" status --porcelain)"

# Pointers become files where the objects are, and by git lfs pull where they are not.
clone 0 pointers @main --worktree pointers --remote "$upstream"
[ "$(stat -c %s "$T/pointers/model.safetensors")" -lt 200 ] || fail "a pointer is large"
git -C "$T/pointers" lfs checkout >/dev/null 2>&1
cmp "$T/repo/clone/vocab.txt" "$T/pointers/vocab.txt"
clone 0 whole @main
cmp "$T/whole/model.safetensors" "$T/pointers/model.safetensors" || fail "git lfs checkout makes no file of a pointer"
clone 0 without @main --exclude '*.safetensors' --remote "$upstream"
expect_text "$T/err" 'git lfs pull brings the contents'
[ "$(ids "$T/without" HEAD)" = "$(ids "$T/whole" HEAD)" ] || fail "a clone without a large file has another commit"
"$support/clone_check.sh" "$T/without" --partial || fail "a clone without a large file is not sound"
! git -C "$T/without" lfs fsck >"$T/out" 2>&1 || fail "git lfs fsck misses nothing"
git -C "$T/without" lfs pull >"$T/out" 2>&1 || fail "git lfs pull: $(cat "$T/out")"
cmp "$T/whole/model.safetensors" "$T/without/model.safetensors" || fail "git lfs pull brings nothing"
[ -z "$(git -C "$T/without" status --porcelain)" ] || fail "git status after git lfs pull: $(git -C "$T/without" status --porcelain)"
git -C "$T/without" lfs fsck >"$T/out" 2>&1 || fail "git lfs fsck after git lfs pull: $(cat "$T/out")"
