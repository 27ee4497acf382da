#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Links at every place of a cache to every kind of elsewhere: found, not followed, by cache-scan and by clone2cache; with an argument,
# where openat2 fails with it.
#
# Usage: escaping_links_are_not_followed.sh [ENOSYS|EPERM]
. "$(dirname "$0")/lib.sh"
need strace

use_memory
make_clone
hub=$memory/hub
outside=$memory/outside
clone2cache "$T/repo/clone" --to "hf:$memory/golden" >/dev/null 2>&1
repo=models--org--demo
commit=$(cat "$memory/golden/$repo/refs/main")
mkdir -p "$outside/deep"
cp -a "$memory/golden/$repo/." "$outside/"
printf secret >"$outside/secret"
sums() { # all names, modes and times, and all bytes
  listing "$outside"
  find "$outside" -type f -print0 | sort -z | xargs -0 sha256sum
}
sums >"$T/before"
inject=()
[ $# -eq 0 ] || inject=(-e "inject=openat2:error=$1")
traced() { strace -f -qq -y -o "$T/trace" -e trace=openat,openat2 "${inject[@]}" "$@" >"$T/out" 2>"$T/err" || status=$?; }
nothing_outside() {
  ! grep -E '= [0-9]+<' "$T/trace" | grep -F "<$outside" || fail "$place -> $target: something outside was opened"
  [ "${#inject[@]}" -eq 0 ] || grep -q INJECTED "$T/trace" || fail "$place -> $target: openat2 was never called: this proves nothing"
}

for place in "$repo" "$repo/blobs" "$repo/snapshots" "$repo/refs" "$repo/refs/main" "$repo/snapshots/$commit" "$repo/snapshots/$commit/nested" \
  "$repo/snapshots/$commit/config.json"; do
  for target in "$outside" ../../../outside ../../../../outside /proc/self/root "../models--other--repo" "$outside/secret"; do
    rm -rf "$hub"
    cp -a "$memory/golden" "$hub"
    cp -a "$memory/golden/$repo" "$hub/models--other--repo"
    rm -rf "${hub:?}/$place"
    ln -s "$target" "$hub/$place"
    status=0
    traced cache-scan "hf:$hub" --check
    [ "$status" -eq 1 ] || fail "$place -> $target: cache-scan ends with $status: $(cat "$T/err")"
    # A file's link that stays in its repo is merely broken.
    case $(realpath -sm "$hub/$(dirname "$place")/$target") in
      "$hub/$repo/"*) expect_text "$T/err" link_ ;;
      *) expect_text "$T/err" link_escapes ;;
    esac
    expect_text "$T/out" other/repo
    nothing_outside
    status=0
    traced clone2cache "$T/repo/clone" --to "hf:$hub"
    [ "$status" -eq 0 ] || [ "$status" -eq 6 ] || [ "$status" -eq 1 ] || fail "$place -> $target: clone2cache ends with $status: $(cat "$T/err")"
    nothing_outside
  done
done
sums >"$T/after"
diff "$T/before" "$T/after" || fail "something outside was changed"
