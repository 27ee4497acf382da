#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cache2cache brings whole caches over: every revision with its refs, also one that no ref names and one that was downloaded in part,
# listings, absent files, in each of the three layouts and back. A second run writes nothing, a dry run says the same and writes nothing.
. "$(dirname "$0")/lib.sh"
need strace

make_clone
make_clone other
from=$T/from
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$from" --all-refs
expect_status 0 clone2cache "$T/other/clone" --to "hf:$from" --repo datasets/org/data --include '*.json'
expect_status 0 clone2cache "$T/other/clone" --to "hf:$from" --repo spaces/org/app --revision dev --ref dev
demo=$from/models--org--demo
commit=$(cat "$demo/refs/dev")
rm "$demo/refs/dev"
mkdir -p "$demo/.no_exist/$commit/sub"
touch "$demo/.no_exist/$commit/adapter_config.json" "$demo/.no_exist/$commit/sub/none.txt"
listing "$from" >"$T/before"

sound() { # CACHE [OPTION]
  python3 "$support/tree_check.py" "${@:2}" "$1" || fail "$1 is not sound"
}
same_cache() { # ONE OTHER: but for the locks
  diff <(python3 "$support/tree_check.py" --listing "$1" | grep -v '\.lock ') <(python3 "$support/tree_check.py" --listing "$2" | grep -v '\.lock ') ||
    fail "$2 differs from $1"
}

# A dry run first: it writes nothing and names what the real run does.
expect_status 0 strace -f -qq -o "$T/trace" -e trace=%file,write cache2cache --from "hf:$from" --to "hf:$T/to" --dry-run --json
[ ! -e "$T/to" ] || fail "a dry run made its target"
grep '"record":"entry"' "$T/out" >"$T/planned"
expect_status 0 cache2cache --from "hf:$from" --to "hf:$T/to" --json
grep '"record":"entry"' "$T/out" | diff "$T/planned" - || fail "the dry run said something else than the real one"
tail -n 1 "$T/out" >"$T/last"
for text in '"record":"summary"' '"status":0' '"revisions":5' '"dry_run":false'; do expect_text "$T/last" "$text"; done
same_cache "$from" "$T/to"
sound "$T/to"
[ -e "$T/to/models--org--demo/.no_exist/$commit/sub/none.txt" ] || fail "an absent file is known no more"

# The second run: nothing is written but opened locks.
# mkdir, where we say mkdirat, is a sanitizer on the way to its reports.
expect_status 0 strace -f -qq -o "$T/trace" -e trace='/^(rename|link|symlink|mkdir|unlink|rmdir|creat|truncate|ftruncate|fallocate|chmod|fchmod|utime)' \
  cache2cache --from "hf:$from" --to "hf:$T/to"
expect_text "$T/err" 'nothing written'
! grep -vE '^[0-9]+ +(\+\+\+|---|mkdir\(.*EEXIST)' "$T/trace" | grep . || fail "a second run changed something"

# Plain files and back, payloads that are shared and back.
expect_status 0 cache2cache --from "hf:$from" --to "hf:$T/files" --cache-layout files
sound "$T/files" --files
[ -z "$(find "$T/files" -type l)" ] || fail "links in a cache of files"
[ -z "$(find "$T/files" -path '*/blobs/*' -type f)" ] || fail "a content is kept twice"
expect_status 0 cache2cache --from "hf:$from" --to "hf:$T/files" --cache-layout files
expect_text "$T/err" 'nothing written'
expect_status 0 cache2cache --from "hf:$T/files" --to "hf:$T/links-again"
same_cache "$from" "$T/links-again"
expect_status 0 cache2cache --from "hf:$from" --to "hf:$T/shared" --cache-layout shared
[ "$(cat "$T/shared/blobs/.huggingface-shared-blobs")" = 1 ] || fail "no marked store was made"
expect_status 0 cache2cache --from "hf:$T/shared" --to "hf:$T/unshared" --cache-layout links
same_cache "$from" "$T/unshared"

# One revision comes with all of its refs; what is there stays and the rest comes.
expect_status 0 cache2cache org/demo@v1.0 --from "hf:$from" --to "hf:$T/merged"
[ "$(find "$T/merged/models--org--demo/refs" -type f | wc -l)" -eq 2 ] || fail "main and v1.0 lead to one revision, and not both came"
entries "$T/merged" >"$T/part"
expect_status 0 cache2cache --from "hf:$from" --to "hf:$T/merged"
kept "$T/part" "$T/merged" "merging"
same_cache "$from" "$T/merged"
expect_status 0 cache2cache datasets/org/data --from "hf:$from" --to "hf:$T/one"
[ "$(ls "$T/one")" = datasets--org--data ] || fail "more than was named came: $(ls "$T/one")"
expect_status 0 cache2cache --repo-type space --from "hf:$from" --to "hf:$T/type"
[ "$(ls "$T/type")" = spaces--org--app ] || fail "another type came: $(ls "$T/type")"

# An explicit layout of files takes the place of links that are there, and takes no content from others.
cp -a "$T/to" "$T/mixed"
expect_status 0 cache2cache org/demo@v1.0 --from "hf:$from" --to "hf:$T/mixed" --cache-layout files
main=$(cat "$demo/refs/main")
[ -z "$(find "$T/mixed/models--org--demo/snapshots/$main" -type l)" ] || fail "links stayed"
[ -n "$(find "$T/mixed/models--org--demo/snapshots/$commit" -type l)" ] || fail "a revision that was not named was changed"
sound "$T/mixed" --files

listing "$from" >"$T/after"
diff "$T/before" "$T/after" || fail "the source was changed"
