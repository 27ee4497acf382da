#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# 10,000 files are brought over with 32 descriptors and 512 MiB of addresses, in less than 200 MiB, by each program that copies; a second
# run too, and it writes nothing.
. "$(dirname "$0")/lib.sh"

use_memory
"$top/tests/bench/make_cache.py" "$memory/source" --repos 1 --revisions 1 --files 10000 --listings
repo=$(basename "$memory"/source/models--*)
repo=${repo#models--}
repo=${repo/--//}
# small COMMAND...: ends well within the limits; what it prints goes to $T/out.
small() {
  (
    ulimit -n 32
    ulimit -v $((512 * 1024))
    expect_status 0 python3 - "$T/used" "$@" <<'PY'
import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
open(sys.argv[1], "w").write(f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}\n")
sys.exit(status)
PY
  ) || exit 1
  [ "$(cat "$T/used")" -le $((200 * 1024)) ] || fail "$* takes $(cat "$T/used") KiB"
}
twice() { # COMMAND...
  small "$@" -j8
  expect_no_text "$T/err" 'nothing written'
  small "$@" -j8
  expect_text "$T/err" 'nothing written'
}
files_of() { # CACHE
  find "$1"/models--*/snapshots -mindepth 2 ! -type d | wc -l
}

[ "$(files_of "$memory/source")" -eq 10000 ] || fail "the cache is too small: this proves nothing"
for form in links files shared; do
  twice cache2cache --from "hf:$memory/source" --to "hf:$memory/$form" --cache-layout "$form"
  [ "$(files_of "$memory/$form")" -eq 10000 ] || fail "not all files come into a cache of $form"
done
"$support/tree_check.py" "$memory/links" || fail "what cache2cache writes is not sound"
twice cache2dir "$repo" "$memory/dir" --from "hf:$memory/source"
twice dir2cache "$memory/dir" --to "hf:$memory/back"
[ "$(files_of "$memory/back")" -eq 10000 ] || fail "not all files come back from a directory"
"$support/tree_check.py" "$memory/back" || fail "what dir2cache writes is not sound"
diff -r "$memory/links/models--${repo/\//--}/refs" "$memory/back/models--${repo/\//--}/refs" || fail "another commit comes back"
small cache2clone "$repo" "$memory/clone" --from "hf:$memory/source" -j8
"$support/clone_check.sh" "$memory/clone" --quick || fail "what cache2clone writes is not sound"
rm -rf "$memory/links"
cp -a "$memory/source" "$memory/moving"
small cache2cache --from "hf:$memory/moving" --to "hf:$memory/links" --move --settle 0 -j8
[ -z "$(ls "$memory/moving")" ] || fail "not all was freed: $(ls "$memory/moving")"
