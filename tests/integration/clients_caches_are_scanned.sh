#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Caches that the real clients made - links, plain files, several revisions, the shared store of a real xet transfer - are scanned by
# cache-scan with the same repos, revisions, refs, files and sizes that the client's own scanner reports.
. "$(dirname "$0")/lib.sh"

make_clone one
MAKE_CLONE_LFS_KIB=300 "$support/make_clone.sh" "$T/two"
start_hub --repo "model:org/demo=$T/one/origin.git" --repo "dataset:org/data=$T/two/origin.git" --repo "model:gpt2=$T/two/origin.git"
export HF_ENDPOINT=$hub HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_PROGRESS_BARS=1

compare() { # CACHE PYTHON
  cache-scan "hf:$1" --json --files >"$T/ours" 2>"$T/err" || fail "cache-scan of $1: $(cat "$T/err" "$T/ours")"
  "$2" "$top/tests/clients/compare_scan.py" "$1" "$T/ours" || fail "cache-scan and the client disagree about $1"
}
for client in hf2 hf0; do
  python=$clients/$client/bin/python
  "$python" "$top/tests/clients/fill_cache.py" "$T/links-$client"
  HF_HUB_DISABLE_SYMLINKS=1 "$python" "$top/tests/clients/fill_cache.py" "$T/plain-$client"
  compare "$T/links-$client" "$clients/hf2/bin/python"
  compare "$T/plain-$client" "$clients/hf2/bin/python"
done
[ -n "$(find "$T/plain-hf2" -path '*/snapshots/*' -type f)" ] || fail "the client made no plain files: this proves nothing"

(cd "$clients" && node "$top/tests/clients/fill_cache.mjs" "$T/js" org/demo "$hub") || fail "the JavaScript client"
compare "$T/js" "$clients/hf2/bin/python"

# What we write beside what a client wrote: nothing of the client's changes, and the other way round nothing is downloaded.
cp -a "$T/links-hf2" "$T/both"
find "$T/both" -type f -name '????????????????????????????????????????*' -printf '%p %T@ %i\n' | grep /blobs/ | sort >"$T/before"
expect_status 0 clone2cache "$T/one/clone" --to "hf:$T/both" --all-refs
expect_text "$T/err" 'already there; nothing written'
find "$T/both" -type f -name '????????????????????????????????????????*' -printf '%p %T@ %i\n' | grep /blobs/ | sort >"$T/after"
diff "$T/before" "$T/after" || fail "a client's contents were written again"
compare "$T/both" "$clients/hf2/bin/python"
# A snapshot of plain files is kept as it is.
cp -a "$T/plain-hf2" "$T/both-plain"
expect_status 0 clone2cache "$T/one/clone" --to "hf:$T/both-plain" --revision main
[ -n "$(find "$T/both-plain/models--org--demo/snapshots" -type f -name model.safetensors)" ] || fail "a plain file was replaced"

# The shared store: a real transfer through hf_xet from a directory.
python=$clients/hf2/bin/python
"$python" "$top/tests/clients/make_xet.py" "$T/cas" "$T/xet.json" "$T/one/origin.git" || fail "hf_xet cannot fill its store"
start_hub --repo "model:org/demo=$T/one/origin.git" --repo "model:org/twin=$T/two/origin.git" --xet-cas "$T/cas" --xet-map "$T/xet.json"
HF_ENDPOINT=$hub "$python" "$top/tests/clients/fill_cache.py" "$T/shared" org/demo org/twin || fail "a download through hf_xet"
[ -n "$(find "$T/shared/blobs" -type f -size 300k)" ] || fail "the client used no shared store: this proves nothing"
compare "$T/shared" "$python"
expect_status 0 clone2cache "$T/one/clone" --to "hf:$T/shared" --revision main
expect_text "$T/err" 'nothing written'
rm -rf "$T/shared/models--org--twin" "$T/shared/models--org--demo"
expect_status 0 cache-scan "hf:$T/shared" --check
expect_text "$T/err" 'no repo names this shared content'
