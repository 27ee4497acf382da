#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Caches that the real clients made - links, plain files, several revisions and kinds of repos, the shared store of a real xet transfer -
# are scanned by cache-scan with the same repos, revisions, refs, files and sizes that the client's own scanner reports, nothing healthy
# in them is more than a note, and verify-sha finds each file to be what it should be.
. "$(dirname "$0")/lib.sh"
need strace

MAKE_CLONE_ODD_NAMES=yes make_clone one
make_clone two
kinds=(--repo "model:org/twin=$T/two/origin.git" --repo "dataset:org/data=$T/two/origin.git" --repo "space:org/app=$T/two/origin.git"
  --repo "kernel:org/fast=$T/two/origin.git" --repo "model:gpt2=$T/two/origin.git")
start_hub --repo "model:org/demo=$T/one/origin.git" "${kinds[@]}"
export HF_ENDPOINT=$hub HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_PROGRESS_BARS=1
newest=$clients/hf2/bin/python

compare() { # CACHE PROGRAM...: it is healthy, and the program takes the same from it
  cache-scan "hf:$1" --json --files --check --strict >"$T/ours" 2>"$T/err" || fail "cache-scan of $1: $(cat "$T/err" "$T/ours")"
  (cd "$clients" && "${@:2}" "$1" "$T/ours") || fail "cache-scan and the client disagree about $1"
  verified "hf:$1"
}
verified() { # ARGUMENT...: all that a name or a listing says something of is whole; some files nobody asked for
  verify-sha "$@" --fail-on '' >"$T/verified" 2>"$T/err" || fail "verify-sha $*: $(cat "$T/err" "$T/verified")"
  [ "$(grep -c '  matched$' "$T/verified")" -ge 4 ] || fail "verify-sha $* proves nothing: $(cat "$T/verified")"
}
for client in hf2 hf0; do
  python=$clients/$client/bin/python
  "$python" "$top/tests/clients/fill_cache.py" "$T/links-$client"
  compare "$T/links-$client" "$python" "$top/tests/clients/compare_scan.py"
  HF_HUB_DISABLE_SYMLINKS=1 "$python" "$top/tests/clients/fill_cache.py" "$T/plain-$client"
  compare "$T/plain-$client" "$python" "$top/tests/clients/compare_scan.py"
done
[ -n "$(find "$T/plain-hf2" -path '*/snapshots/*' -type f)" ] || fail "the client made no plain files: this proves nothing"

(cd "$clients" && node "$top/tests/clients/fill_cache.mjs" "$T/js" org/twin "$hub" main dev v1.0 refs/pr/1) || fail "the JavaScript client"
compare "$T/js" node "$top/tests/clients/compare_scan.mjs"
# File by file, it leaves no ref.
(cd "$clients" && node "$top/tests/clients/fill_cache.mjs" "$T/js-files" org/twin "$hub") || fail "the JavaScript client"
compare "$T/js-files" "$newest" "$top/tests/clients/compare_scan.py"

# The shared store: a real transfer through hf_xet from a directory.
"$newest" "$top/tests/clients/make_xet.py" "$T/cas" "$T/xet.json" "$T/one/origin.git" || fail "hf_xet cannot fill its store"
start_hub --repo "model:org/demo=$T/one/origin.git" "${kinds[@]}" --xet-cas "$T/cas" --xet-map "$T/xet.json"
HF_ENDPOINT=$hub "$newest" "$top/tests/clients/fill_cache.py" "$T/shared" org/demo org/twin || fail "a download through hf_xet"
[ -n "$(find "$T/shared/blobs" -type f -size 300k)" ] || fail "the client used no shared store: this proves nothing"
compare "$T/shared" "$newest" "$top/tests/clients/compare_scan.py"

# What time leaves in a healthy cache, of several clients and systems: notes. The user's tokens lie beside it.
mkdir "$T/hf"
cp -a "$T/links-hf2" "$T/hf/hub"
repo=$T/hf/hub/models--org--demo
commit=$(cat "$repo/refs/main")
for needed in "$T/hf/hub/CACHEDIR.TAG" "$repo/.no_exist/$commit/no-such-file.json" "$repo/trees/$commit.json"; do
  [ -e "$needed" ] || fail "the client made no $needed: this proves nothing"
done
touch "$T/hf/hub/.DS_Store" "$repo/refs/.DS_Store" "$repo/snapshots/.DS_Store" "$repo/refs/desktop.ini"
head -c 1000 /dev/zero | tee "$repo/blobs/0123456789abcdef0123456789abcdef01234567.0a1b2c3d.incomplete" "$repo/blobs/abc.incomplete" \
  "$repo/blobs/abc.part" "$repo/blobs/abc.sync.part" >"$repo/blobs/abc.downloadInProgress"
touch "$repo/blobs/abc.lock" "$repo/blobs/tmp_01234567-89ab-cdef-0123-456789abcdef" "$T/hf/hub/.locks/models--org--demo/abc.lock"
printf %s "$commit" >"$repo/refs/$commit"
rm "$repo/refs/dev"
printf 'hf_secret' | tee "$T/hf/token" >"$T/hf/stored_tokens"
mkdir -p "$T/hf/xet/logs" "$T/hf/assets/library" "$T/hf/datasets/downloads"
HF_HOME=$T/hf expect_status 0 strace -f -qq -o "$T/trace" -e trace=%file cache-scan --json --files --check --strict
cp "$T/out" "$T/ours"
HF_HOME=$T/hf expect_status 0 strace -f -qq -A -o "$T/trace" -e trace=%file verify-sha hf: --json --fail-on ''
! grep -E '"severity":"(warning|error)"|"status":"(unmatched|pointer|extra)"' "$T/out" || fail "a healthy cache is accused by verify-sha"
for code in partial_download revision_detached; do expect_text "$T/ours" "\"code\":\"$code\",\"severity\":\"note\""; done
! grep -E '"severity":"(warning|error)"' "$T/ours" || fail "a healthy cache is accused"
expect_text "$T/trace" "$T/hf/hub"
! grep -E 'open[^(]*\(.*token' "$T/trace" || fail "a token file was opened"
rm "$repo/refs/.DS_Store" "$repo/refs/desktop.ini"
"$newest" "$top/tests/clients/compare_scan.py" "$T/hf/hub" "$T/ours" || fail "cache-scan and the client disagree about what time leaves"

# Clients take the newline for a part of the commit, and hide the repo.
printf '%s\n' "$commit" >"$repo/refs/main"
expect_status 1 cache-scan "hf:$T/hf/hub" --json
[ "$(grep -cE '"severity":"(warning|error)"' "$T/out")" -eq 1 ] || fail "one newline is not one problem: $(cat "$T/out")"
expect_text "$T/out" '"code":"ref_newline","severity":"error"'
