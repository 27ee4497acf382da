#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On the same trees, good and damaged, verify-sha finds what `hf cache verify`, `git lfs fsck` and `sha256sum -c` find.
. "$(dirname "$0")/lib.sh"

make_clone
start_hub --repo "model:org/demo=$T/repo/origin.git" --page 7
export HF_ENDPOINT=$hub HF_HUB_DISABLE_PROGRESS_BARS=1
"$clients/hf2/bin/python" "$top/tests/clients/fill_cache.py" "$T/hub" org/demo
clone2cache "$T/repo/clone" --to "hf:$T/ours" >/dev/null 2>&1
repo=models--org--demo
commit=$(cat "$T/hub/$repo/refs/main")

# theirs CACHE: what the client calls wrong, by name. It tells missing files as a warning, and those that differ as a failure.
theirs() {
  "$clients/hf2/bin/hf" cache verify org/demo --cache-dir "$1" --fail-on-missing-files >"$T/theirs.out" 2>&1 && echo whole
  grep -oE '^ *- [^:]+(:|$)' "$T/theirs.out" | sed -E 's/^ *- //; s/:$//; s/ *$//' | sort -u || true
}
ours() { # PLACE OPTION...
  verify-sha "$@" --json >"$T/ours.json" 2>/dev/null && echo whole
  python3 - "$T/ours.json" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    record = json.loads(line)
    if record["record"] == "file" and record["status"] in ("unmatched", "missing", "pointer"):
        print(record["path"])
PY
}
agree() { # WHAT COMMAND: done to both caches
  for cache in hub ours; do
    rm -rf "$T/copy"
    cp -a "$T/$cache" "$T/copy"
    (cd "$T/copy/$repo" && eval "$2")
    theirs "$T/copy" | sort >"$T/theirs"
    ours "hf:$T/copy" --repo "org/demo@$commit" | sort >"$T/found"
    diff "$T/theirs" "$T/found" || fail "$1 in $cache: the client says otherwise: $(cat "$T/theirs.out")"
  done
  cp "$T/found" "$T/last"
}
blob() { readlink -f "snapshots/$commit/$1"; }
agree 'a whole cache' :
[ "$(cat "$T/last")" = whole ] || fail "a whole cache is accused by both"
agree 'a byte more in a small file' 'printf x >>"$(blob config.json)"'
[ "$(cat "$T/last")" = config.json ] || fail "nothing was planted: $(cat "$T/last")"
agree 'a flipped byte in a large file' 'printf x | dd of="$(blob model.safetensors)" bs=1 seek=1000 conv=notrunc status=none'
agree 'a file that is gone' 'rm "snapshots/$commit/vocab.txt"'
agree 'two damages' 'rm "snapshots/$commit/vocab.txt"; : >"$(blob tokenizer.json)"'
agree 'swapped links' 'ln -sfn ../../blobs/"$(basename "$(blob README.md)")" "snapshots/$commit/config.json"'
unset HF_ENDPOINT

# git lfs fsck looks at the objects and at pointers in git, not at the worktree.
fsck() { # DIR: the objects it names
  git -C "$1" lfs fsck 2>&1 | grep -oE '\([0-9a-f]{64}\)' | tr -d '()' | sort -u
}
objects() { ours "$1" | grep '^\.git/lfs/objects/' | sed 's|.*/||' | sort -u; }
object=$(git -C "$T/repo/clone" lfs ls-files -l | sed "s/ .*//" | head -n 1)
object=.git/lfs/objects/${object:0:2}/${object:2:2}/$object
for damage in : 'printf x >>"$object"' 'rm "$object"' 'printf x | dd of="$object" conv=notrunc status=none'; do
  rm -rf "$T/copy"
  cp -a "$T/repo/clone" "$T/copy"
  (cd "$T/copy" && chmod u+w "$object" && eval "$damage")
  cp -a "$T/copy" "$T/fsck"
  fsck "$T/fsck" >"$T/theirs" || true
  rm -rf "$T/fsck"
  objects "$T/copy" >"$T/found" || true
  diff "$T/theirs" "$T/found" || fail "$damage: git lfs fsck says otherwise"
  [ "$damage" = : ] || [ -s "$T/found" ] || fail "$damage was not found by either"
done

# Lists of sha256sum, in both forms, made by either and read by both.
cache2dir org/demo "$T/dir" --from "hf:$T/ours" --no-metadata >/dev/null 2>&1
(cd "$T/dir" && find . -type f -printf '%P\0' | sort -z | xargs -0 sha256sum) >"$T/plain"
(cd "$T/dir" && find . -type f -printf '%P\0' | sort -z | xargs -0 sha256sum --tag) >"$T/tagged"
sed 's/$/\r/' "$T/plain" >"$T/windows"
expect_status 0 verify-sha "dir:$T/dir" --write-manifest "$T/own" --format sha256sum
(cd "$T/dir" && sha256sum --quiet --strict -c "$T/own") || fail "sha256sum refuses what we wrote"
sort -k 2 "$T/plain" | diff - <(sort -k 2 "$T/own") || fail "our list is another one"
expect_status 0 verify-sha "dir:$T/dir" --write-manifest "$T/own.json"
for list in plain tagged windows own own.json; do expect_status 0 verify-sha "dir:$T/dir" --manifest "$T/$list"; done
printf x >>"$T/dir/config.json"
printf x | dd of="$T/dir/model.safetensors" bs=1 seek=99 conv=notrunc status=none
rm "$T/dir/vocab.txt"
(cd "$T/dir" && sha256sum -c "$T/plain" 2>/dev/null | sed -nE 's/: FAILED.*//p' | sort) >"$T/theirs" || true
for list in plain tagged windows own own.json; do
  ours "dir:$T/dir" --manifest "$T/$list" | sort >"$T/found"
  diff "$T/theirs" "$T/found" || fail "$list: sha256sum -c says otherwise"
done
[ "$(wc -l <"$T/found")" -eq 3 ] || fail "three damages, found: $(cat "$T/found")"
