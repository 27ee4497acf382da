#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What clone2cache finds in a cache of a client stays as it is, to the inode and the time, and is used again instead of written again.
. "$(dirname "$0")/lib.sh"

MAKE_CLONE_ODD_NAMES=yes make_clone
python3 "$support/expected_listing.py" "$T/repo/origin.git" main dev v1.0 refs/pr/1 >"$T/expected.json"
"$clients/hf2/bin/python" "$top/tests/clients/make_xet.py" "$T/cas" "$T/xet.json" "$T/repo/origin.git" || fail "hf_xet cannot fill its store"
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1

download() { # CLIENT CACHE [REVISION FILE...]: some files of a revision, or all revisions
  local program=$top/tests/clients/fill_cache.py words=("$2" org/demo)
  if [ $# -gt 2 ]; then
    program=- words=("${@:2}")
  fi
  HF_ENDPOINT=$hub "$clients/$1/bin/python" "$program" "${words[@]}" <<'PY' >"$T/out" 2>&1 || fail "$1 downloads nothing: $(cat "$T/out")"
import sys, huggingface_hub
cache, revision, *names = sys.argv[1:]
for name in names:
    huggingface_hub.hf_hub_download("org/demo", name, revision=revision, cache_dir=cache)
PY
}
accepted() { # CACHE CLIENT...
  for client in "${@:2}"; do
    rm -rf "$T/copy"
    cp -a "$1" "$T/copy"
    # Its scan warns of the tag that newer clients leave at the root.
    [ "$client" != hf0 ] || rm -f "$T/copy/CACHEDIR.TAG"
    accepts "$client" "$T/copy" org/demo scan listings offline online scan || fail "$client does not accept $1: $(cat "$T/err")"
  done
}

# Into whole caches: nothing is left to do.
start_hub --repo "model:org/demo=$T/repo/origin.git" --xet-cas "$T/cas" --xet-map "$T/xet.json"
download hf2 "$T/shared"
[ -n "$(find "$T/shared/blobs" -type f -size 300k)" ] || fail "the client used no shared store: this proves nothing"
start_hub --repo "model:org/demo=$T/repo/origin.git"
for client in hf2 hf0; do download "$client" "$T/whole-$client"; done
HF_HUB_DISABLE_SYMLINKS=1 download hf2 "$T/plain"
for cache in shared whole-hf2 plain; do
  entries "$T/$cache" >"$T/before"
  expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/$cache" --all-refs
  expect_text "$T/err" 'only links and refs'
  # What the clone alone knows of the commit comes beside; clients do not look there.
  kept "$T/before" "$T/$cache" "into a whole cache ($cache)"
  [ -z "$(comm -13 "$T/before" "$T/after" | grep -vE '^\./models--org--demo/\.modelcache|^\./\.locks/.*/modelcache\.lock ')" ] ||
    fail "more than the commits came into a whole cache ($cache): $(comm -13 "$T/before" "$T/after")"
  listing "$T/$cache" >"$T/before"
  expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/$cache" --all-refs
  listing "$T/$cache" >"$T/after"
  expect_text "$T/err" 'nothing written'
  diff "$T/before" "$T/after" || fail "a whole cache ($cache) was changed"
done
# The old client keeps no listings: only these are added.
entries "$T/whole-hf0" >"$T/before"
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/whole-hf0" --all-refs
kept "$T/before" "$T/whole-hf0" "into a cache of the old client"
[ -z "$(comm -13 "$T/before" "$T/after" | grep -vE '^\./models--org--demo/(trees|\.modelcache)|^\./\.locks/.*/modelcache\.lock ')" ] ||
  fail "more than listings came into a cache of the old client: $(comm -13 "$T/before" "$T/after")"
accepted "$T/whole-hf0" hf2

# Into caches that hold a part, or plain files: the rest comes, the part stays.
download hf2 "$T/part" main config.json 'onnx/part #2 (100%).bin'
download hf0 "$T/part" dev extra.bin README.md
cp -a "$T/part" "$T/part-plain"
HF_HUB_DISABLE_SYMLINKS=1 download hf2 "$T/part-plain" refs/pr/1 README.md model.safetensors
for cache in part part-plain; do
  [ "$cache" = part ] || [ -n "$(find "$T/$cache" -path '*/snapshots/*' -type f)" ] || fail "no plain file in $cache: this proves nothing"
  entries "$T/$cache" >"$T/before"
  expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/$cache" --all-refs
  kept "$T/before" "$T/$cache" "into a part ($cache)"
done
accepted "$T/part" hf2 hf0 js
accepted "$T/part-plain" hf2

# And what transformers leaves: absent optional files are noted too.
HF_ENDPOINT=$hub HF_HUB_CACHE=$T/transformers "$clients/hf2/bin/python" -c '
import transformers
transformers.AutoConfig.from_pretrained("org/demo")
transformers.AutoTokenizer.from_pretrained("org/demo")' 2>"$T/err" || fail "transformers: $(cat "$T/err")"
[ -n "$(find "$T/transformers" -path '*/.no_exist/*' -type f)" ] || fail "transformers noted no absent file: this proves nothing"
expect_status 0 cache-scan "hf:$T/transformers" --json --files --strict
cp "$T/out" "$T/ours"
"$clients/hf2/bin/python" "$top/tests/clients/compare_scan.py" "$T/transformers" "$T/ours" || fail "cache-scan and the client disagree"
entries "$T/transformers" >"$T/before"
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/transformers"
kept "$T/before" "$T/transformers" "into a cache of transformers"
accepted "$T/transformers" transformers
