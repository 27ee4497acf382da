#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Links at every place of a cache to every kind of elsewhere: found, not followed, by cache-scan and by clone2cache.
. "$(dirname "$0")/lib.sh"
need strace

make_clone
clone2cache "$T/repo/clone" --to "hf:$T/golden" >/dev/null 2>&1
repo=models--org--demo
commit=$(cat "$T/golden/$repo/refs/main")
mkdir -p "$T/outside/deep"
cp -a "$T/golden/$repo/." "$T/outside/"
printf secret >"$T/outside/secret"
listing "$T/outside" >"$T/outside.before"

for place in "$repo" "$repo/blobs" "$repo/snapshots" "$repo/refs" "$repo/refs/main" "$repo/snapshots/$commit" "$repo/snapshots/$commit/config.json"; do
  for target in "$T/outside" ../../../outside /proc/self/root "../models--other--repo" "$T/outside/secret"; do
    rm -rf "$T/hub"
    cp -a "$T/golden" "$T/hub"
    cp -a "$T/golden/$repo" "$T/hub/models--other--repo"
    rm -rf "${T:?}/hub/$place"
    ln -s "$target" "$T/hub/$place"
    status=0
    strace -f -qq -y -o "$T/trace" -e trace=openat,openat2 cache-scan "hf:$T/hub" --check >"$T/out" 2>"$T/err" || status=$?
    [ "$status" -eq 1 ] || fail "$place -> $target: cache-scan ends with $status: $(cat "$T/err")"
    grep -qE 'link_escapes|link_broken|ref_dangling|stray_entry' "$T/err" || fail "$place -> $target: no finding: $(cat "$T/err")"
    [ "$place" = "$repo/snapshots/$commit/config.json" ] || expect_text "$T/err" link_escapes
    expect_text "$T/out" other/repo
    ! grep -E '= [0-9]+<' "$T/trace" | grep -F "<$T/outside" || fail "$place -> $target: something outside was opened"
    status=0
    clone2cache "$T/repo/clone" --to "hf:$T/hub" >"$T/out" 2>"$T/err" || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 6 ] || fail "$place -> $target: clone2cache ends with $status: $(cat "$T/err")"
  done
done
listing "$T/outside" >"$T/outside.after"
diff "$T/outside.before" "$T/outside.after" || fail "something outside was changed"
