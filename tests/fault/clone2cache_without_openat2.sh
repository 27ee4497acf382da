#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Where the kernel lacks openat2, or a container's filter forbids it, the component walk gives the same results, and refuses the same links.
. "$(dirname "$0")/../integration/lib.sh"
need strace

make_clone
clone2cache "$T/repo/clone" --to "hf:$T/golden" --all-refs >/dev/null 2>&1
"$support/tree_check.py" --listing "$T/golden" >"$T/golden.txt"
for error in ENOSYS EPERM; do
  without=(strace -f -qq -o "$T/trace" -e trace=openat2 -e "inject=openat2:error=$error")
  rm -rf "$T/hub"
  expect_status 0 "${without[@]}" clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
  grep -q INJECTED "$T/trace" || fail "openat2 was never called: nothing was proved"
  "$support/tree_check.py" --listing "$T/hub" >"$T/listing.txt"
  diff "$T/golden.txt" "$T/listing.txt" || fail "$error: another cache"
  "${without[@]}" cache-scan "hf:$T/hub" --files >"$T/out" || fail "$error: cache-scan"
  cache-scan "hf:$T/hub" --files >"$T/plain"
  diff "$T/plain" "$T/out" || fail "$error: cache-scan shows something else"
  for place in snapshots blobs refs; do
    rm -rf "$T/hub" "$T/outside"
    cp -a "$T/golden" "$T/hub"
    mv "$T/hub/models--org--demo/$place" "$T/outside"
    ln -s "$T/outside" "$T/hub/models--org--demo/$place"
    expect_status 1 "${without[@]}" cache-scan "hf:$T/hub" --check
    expect_text "$T/err" link_escapes
    expect_status 6 "${without[@]}" clone2cache "$T/repo/clone" --to "hf:$T/hub" --revision dev --ref new
  done
done
