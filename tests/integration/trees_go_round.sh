#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Random repos go from a hub cache into a tree of AI Studio and of ModelScope and back: the same contents under the same ids and the same
# names, whatever letters these have. Lost are refs and executable bits, and through ModelScope the commit, which its tree does not tell.
#
# Twenty of them, for the time they take; MODELCACHE_SEEDS=N takes N.
. "$(dirname "$0")/lib.sh"

use_memory
long=$(printf 'l%.0s' $(seq 200))
deep=$(printf 'folder/%.0s' $(seq 30))
# Every blob with its bytes, and for each revision its paths with their blobs.
contents() { # CACHE
  python3 - "$1/models--org--tree" <<'PY'
import hashlib, os, sys
repo = os.fsencode(sys.argv[1])
for name in sorted(os.listdir(repo + b"/blobs")):
    with open(repo + b"/blobs/" + name, "rb") as file:
        print("blob", name, hashlib.sha256(file.read()).hexdigest())
for commit in sorted(os.listdir(repo + b"/snapshots")):
    top = repo + b"/snapshots/" + commit
    print("revision", commit)
    lines = []
    for parent, _, names in os.walk(top):
        lines += [(os.path.relpath(os.path.join(parent, name), top), os.readlink(os.path.join(parent, name)).split(b"/")[-1]) for name in names]
    for line in sorted(lines):
        print("file", *line)
PY
}
large=0
for seed in $(seq "${MODELCACHE_SEEDS:-20}"); do
  rm -rf "$memory"/*
  python3 "$support/random_tree.py" "$memory/tree" "$seed"
  find "$memory/tree" -type d -empty -delete
  mkdir -p "$memory/tree/$deep"
  echo "$seed" >"$memory/tree/$deep/a b#c%d+e&f?.txt"
  echo long >"$memory/tree/$deep/$long"
  printf 'decomposed: u\314\210\n' >"$memory/tree/$(printf 'gru\314\210n é 模型.json')"
  expect_status 0 dir2cache "$memory/tree" --repo org/tree --to "hf:$memory/hub"
  contents "$memory/hub" >"$memory/wanted"
  large=$((large + $(grep -c '^blob .*[0-9a-f]\{64\}. ' "$memory/wanted" || true)))

  expect_status 0 cache2cache --from "hf:$memory/hub" --to "aistudio:$memory/studio"
  expect_status 0 "$support/index_check.py" "$memory/studio"
  expect_status 0 cache2cache --from "aistudio:$memory/studio" --to "hf:$memory/from-studio"
  contents "$memory/from-studio" | diff "$memory/wanted" - || fail "seed $seed: not what it was, by AI Studio"
  "$support/tree_check.py" "$memory/from-studio" || fail "seed $seed: what comes from AI Studio is not sound"
  # With the other text of pointers the ids are others, and the contents are not.
  if [ $((seed % 4)) -eq 0 ]; then
    expect_status 0 cache2cache --from "hf:$memory/hub" --to "aistudio:$memory/ended" --pointer-newline yes
    expect_status 0 "$support/index_check.py" "$memory/ended"
    expect_status 0 cache2cache --from "aistudio:$memory/ended" --to "hf:$memory/from-ended"
    contents "$memory/from-ended" | diff "$memory/wanted" - || fail "seed $seed: not what it was, by pointers that end with a newline"
  fi

  expect_status 0 cache2cache --from "aistudio:$memory/studio" --to "modelscope:$memory/scope"
  expect_status 0 "$support/index_check.py" "$memory/scope"
  expect_status 0 cache2cache --from "modelscope:$memory/scope" --to "hf:$memory/from-scope"
  diff <(grep -v '^revision' "$memory/wanted") <(contents "$memory/from-scope" | grep -v '^revision') ||
    fail "seed $seed: not what it was, by ModelScope"
  "$support/tree_check.py" "$memory/from-scope" || fail "seed $seed: what comes from ModelScope is not sound"
done
[ "$large" -gt 10 ] || fail "only $large large contents were seen: nothing was proved of their ids"
