#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --lookup gives the answer of huggingface_hub's try_to_load_from_cache, for every state that a file can be in; --find, --ready and the
# filters do what they say.
. "$(dirname "$0")/lib.sh"

make_clone
clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs >/dev/null 2>&1
repo=$T/hub/models--org--demo
commit=$(cat "$repo/refs/main")
mkdir -p "$repo/.no_exist/$commit/nested" && touch "$repo/.no_exist/$commit/absent.json" "$repo/.no_exist/$commit/vocab.txt"
printf '%s\n' "$commit" >"$repo/refs/newline"
ln -s ../../blobs/0000000000000000000000000000000000000000 "$repo/snapshots/$commit/dangling"
echo plain >"$repo/snapshots/$commit/plain.txt"

"$clients/hf2/bin/python" - "$T/hub" "$commit" <<'PY' || fail "an answer differs from the client's"
import subprocess, sys
from huggingface_hub import try_to_load_from_cache, _CACHED_NO_EXIST
cache, commit = sys.argv[1:3]
files = ["config.json", "nested/deeper dir/ünïcode ✓.txt", "absent.json", "vocab.txt", "nowhere", "dangling", "plain.txt", "nested", "a//b", "nested//__init__.py",
         "./config.json", "../x", "/etc/passwd", "C:x", "a/..", "\\x"]
for repo in ("org/demo", "org/other"):
    for revision in (None, "main", "dev", "refs/pr/1", "v1.0", commit, commit[:10], "newline", "nosuch"):
        for name in files:
            try:
                answer = try_to_load_from_cache(repo, name, cache_dir=cache, revision=revision)
                wanted = (4, "") if answer is None else (1, "known absent\n") if answer is _CACHED_NO_EXIST else (0, answer + "\n")
            except ValueError:
                wanted = (2, "")
            text = repo if revision is None else f"{repo}@{revision}"
            ran = subprocess.run(["cache-scan", "--lookup", text, "--", name, f"hf:{cache}"], capture_output=True, text=True)
            got = (ran.returncode, ran.stdout)
            if wanted[0] == 0 and got[0] == 0:  # the same file, whatever the spelling
                import os
                assert os.path.samefile(wanted[1][:-1], got[1][:-1]), (text, name, wanted, got)
                continue
            assert got == wanted, (text, name, wanted, got, ran.stderr)
PY
rm "$repo/refs/newline" "$repo/snapshots/$commit/dangling" "$repo/snapshots/$commit/plain.txt"
rm -r "$repo/.no_exist"

sha256=$(sha256sum "$T/repo/clone/model.safetensors" | cut -d ' ' -f 1)
for wanted in "$sha256" "$T/repo/clone/model.safetensors" "$repo/blobs/$sha256" "$repo/snapshots/$commit/model.safetensors"; do
  expect_status 0 cache-scan --find "$wanted" "hf:$T/hub"
  expect_text "$T/out" "model/org/demo@$commit  model.safetensors"
done
expect_status 4 cache-scan --find "$(printf '%064d' 0)" "hf:$T/hub"
expect_status 0 cache-scan --ready org/demo@dev "hf:$T/hub"
expect_status 1 cache-scan --ready org/other "hf:$T/hub"
expect_text "$T/out" "no repo model/org/other"
expect_status 1 cache-scan --ready org/demo@nosuch "hf:$T/hub"
expect_text "$T/out" "no revision nosuch"
rm "$repo/blobs/$sha256"
expect_status 1 cache-scan --ready org/demo "hf:$T/hub"
expect_text "$T/out" 'model.safetensors'
expect_status 1 cache-scan "hf:$T/hub"

rows() { # FILTER...: how many repos pass
  local words=()
  for one in "$@"; do words+=(--filter "$one"); done
  { cache-scan "hf:$T/hub" --json "${words[@]}" || true; } | grep -c '"record":"repo"' || true
}
for filter in 'size>1KB' 'size<=1GiB' 'type=model' 'refs=main' 'repo~org/*' 'layout=hf' 'findings>0' 'accessed<1d' 'modified<30d' 'repo!=a'; do
  [ "$(rows "$filter")" -eq 1 ] || fail "--filter '$filter' lets nothing through"
done
for filter in 'size>1TB' 'type=dataset' 'refs=nosuch' 'repo~other/*' 'accessed>1d'; do
  [ "$(rows "$filter")" -eq 0 ] || fail "--filter '$filter' lets everything through"
done
[ "$(rows 'size>1KB' 'type=dataset')" -eq 0 ] || fail "two filters are not both asked for"
expect_status 2 cache-scan "hf:$T/hub" --filter 'size>big'
expect_status 2 cache-scan "hf:$T/hub" --sort nonsense
expect_status 2 cache-scan "dir:$T/hub"
expect_status 4 cache-scan "hf:$T/nowhere"
