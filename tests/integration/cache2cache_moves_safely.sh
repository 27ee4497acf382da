#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cache2cache --move frees the source last, and only what is proved in the target and nobody else needs: what another revision, repo or
# client uses stays, a damaged repo and a failed run free nothing, and what a killed run had parked is settled by the next one.
. "$(dirname "$0")/lib.sh"

make_clone
whole=$T/whole
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$whole" --all-refs
source=$T/source
demo=$source/models--org--demo
fresh() {
  rm -rf "$source" "$T/target"
  cp -a "$whole" "$source"
}
sound() {
  python3 "$support/tree_check.py" "$@" || fail "$1 is not sound"
}
same_cache() { # ONE OTHER: but for the locks
  diff <(python3 "$support/tree_check.py" --listing "$1" | grep -v '\.lock ') <(python3 "$support/tree_check.py" --listing "$2" | grep -v '\.lock ') ||
    fail "$2 differs from $1"
}

# All of it.
fresh
expect_status 0 cache2cache --from "hf:$source" --to "hf:$T/target" --move
same_cache "$whole" "$T/target"
[ "$(ls "$source")" = "" ] || fail "the source keeps $(ls "$source")"
expect_text "$T/err" 'freed '

# One of three revisions: the contents of the others stay.
fresh
commit=$(cat "$demo/refs/dev")
expect_status 0 cache2cache org/demo@dev --from "hf:$source" --to "hf:$T/target" --move
[ ! -e "$demo/snapshots/$commit" ] && [ ! -e "$demo/refs/dev" ] && [ ! -e "$demo/trees/$commit.json" ] || fail "the moved revision stayed"
[ ! -e "$demo/.modelcache/commits/$commit" ] || fail "the moved commit stayed"
sound "$source"
expect_status 0 cache2cache --from "hf:$source" --to "hf:$T/target"
same_cache "$whole" "$T/target"

# A part leaves its revision, and with it everything, in place.
fresh
listing "$source" | grep -v '\.lock ' >"$T/before"
expect_status 0 cache2cache --from "hf:$source" --to "hf:$T/target" --move --include '*.json'
sound "$source"
diff <(grep -v ' d ' "$T/before") <(listing "$source" | grep -v '\.lock ' | grep -v ' d ') || fail "a part was moved away"

# A run that fails frees nothing.
fresh
printf X | dd of="$(readlink -f "$demo"/snapshots/"$commit"/extra.bin)" bs=1 seek=5000 conv=notrunc status=none
listing "$source" | grep -v '\.lock ' >"$T/before"
expect_status 6 cache2cache --from "hf:$source" --to "hf:$T/target" --move
diff <(grep -v ' d ' "$T/before") <(listing "$source" | grep -v '\.lock ' | grep -v ' d ') || fail "a failed run freed something"
# Nor is what the target holds believed by its name.
fresh
expect_status 0 cache2cache --from "hf:$source" --to "hf:$T/target"
printf X | dd of="$(readlink -f "$T"/target/models--org--demo/snapshots/"$commit"/extra.bin)" bs=1 seek=5000 conv=notrunc status=none
expect_status 1 cache2cache --from "hf:$source" --to "hf:$T/target" --move
expect_text "$T/err" 'what the target holds is not this content'
[ -e "$demo/snapshots/$commit/extra.bin" ] || fail "the only whole copy was freed"
sound "$source"

# What clients do meanwhile. The hook runs after the copy, when the first ref goes.
meanwhile() { # COMMAND: beside a --move that waits for the repo's lock
  fresh
  mkdir -p "$source/.locks/models--org--demo"
  exec 9>"$source/.locks/models--org--demo/modelcache.lock"
  flock 9
  cache2cache --from "hf:$source" --to "hf:$T/target" --move --wait 60s >"$T/out" 2>"$T/err" 9>&- &
  local mover=$!
  for _ in $(seq 200); do [ ! -e "$T/target/models--org--demo/refs/v1.0" ] || break; sleep 0.05; done
  (cd "$demo" && eval "$1") 9>&-
  exec 9>&-
  wait "$mover" || fail "the move ended with $?: $(cat "$T/err")"
}
meanwhile 'printf %s "$(cat refs/dev)" >refs/pinned'
expect_text "$T/err" 'the ref pinned leads to it'
[ -e "$demo/snapshots/$commit/extra.bin" ] || fail "a revision that got a ref meanwhile is gone"
sound "$source"
meanwhile 'ln -s ../../blobs/$(basename "$(readlink snapshots/'"$commit"'/extra.bin)") snapshots/'"$commit"'/new.bin; rm trees/'"$commit"'.json'
expect_text "$T/err" 'a file that was not moved, new.bin'
sound "$source"
meanwhile 'mkdir snapshots/1111111111111111111111111111111111111111; ln -s ../../blobs/$(basename "$(readlink snapshots/'"$commit"'/extra.bin)") snapshots/1111111111111111111111111111111111111111/mine.bin'
[ "$(cd "$demo" && find . -type f)" = "./blobs/$(basename "$(readlink -f "$demo"/snapshots/1*/mine.bin)")" ] || fail "more or less stayed than a client uses: $(find "$demo")"
sound "$source"
# A content whose lock a client holds, since it is about to link it.
extra=$(basename "$(readlink "$whole/models--org--demo/snapshots/$commit/extra.bin")")
meanwhile "exec 8>$source/.locks/models--org--demo/$extra.lock; flock 8; sleep 4 & :"
expect_text "$T/err" 'a client holds its lock'
[ -f "$demo/blobs/$extra" ] || fail "a content that a client holds is gone"
# A repo with a ref that cannot be understood is left alone.
meanwhile 'echo garbage >refs/odd'
expect_text "$T/err" 'the repo is kept as it is'
[ "$(find "$demo/snapshots" -mindepth 1 -maxdepth 1 | wc -l)" -eq 3 ] || fail "a damaged repo lost revisions"

# Parked by a run that was killed: what is wanted comes back, the rest goes.
fresh
mkdir -p "$demo/.modelcache/trash"
mv "$demo/blobs/$extra" "$demo/.modelcache/trash/"
echo nobody >"$demo/.modelcache/trash/2222222222222222222222222222222222222222"
expect_status 6 cache2cache --from "hf:$source" --to "hf:$T/target" --move
expect_status 0 cache2cache org/demo@main --from "hf:$source" --to "hf:$T/target" --move
expect_text "$T/err" 'it was put back'
[ ! -e "$demo/.modelcache/trash" ] || fail "something stays parked: $(find "$demo/.modelcache")"
sound "$source"

# Payloads of the shared store, named by two repos, stay until the last of them goes.
"$support/shared_cache.sh" "$whole" "$T/pair"
rm -rf "$T/target"
expect_status 0 cache2cache org/demo --from "hf:$T/pair" --to "hf:$T/target" --move --cache-layout links
[ ! -e "$T/pair/models--org--demo" ] || fail "the moved repo stayed"
payloads() { find "$T/pair/blobs" -type f ! -name '*.*' | wc -l; }
before=$(payloads)
[ "$before" -gt 0 ] || fail "no payloads: this proves nothing"
[ -z "$(find "$T/pair" -xtype l)" ] || fail "the other repo lost a content"
expect_status 0 cache2cache --from "hf:$T/pair" --to "hf:$T/target" --move --cache-layout links
[ "$(payloads)" -eq 0 ] || fail "payloads that nobody names stay: $(find "$T/pair/blobs")"
