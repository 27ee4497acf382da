#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What cache2cache makes of the real clients' caches - links, plain files, the shared store of a real xet transfer - in each layout, the
# real clients take for their own, online and offline, and transfer no file body; our scan and theirs agree on it. Copying one repo of a
# cache that shares contents by cp -a loses the weights.
. "$(dirname "$0")/lib.sh"

make_clone
python3 "$support/expected_listing.py" "$T/repo/origin.git" main dev v1.0 refs/pr/1 >"$T/expected.json"
"$clients/hf2/bin/python" "$top/tests/clients/make_xet.py" "$T/cas" "$T/xet.json" "$T/repo/origin.git" || fail "hf_xet cannot fill its store"
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
newest=$clients/hf2/bin/python
repos=(--repo "model:org/demo=$T/repo/origin.git" --repo "model:org/twin=$T/repo/origin.git")
others=(--repo "dataset:org/data=$T/repo/origin.git" --repo "space:org/app=$T/repo/origin.git" --repo "kernel:org/fast=$T/repo/origin.git"
  --repo "model:gpt2=$T/repo/origin.git")

start_hub "${repos[@]}" --xet-cas "$T/cas" --xet-map "$T/xet.json"
HF_ENDPOINT=$hub "$newest" "$top/tests/clients/fill_cache.py" "$T/shared" org/demo org/twin || fail "a download through hf_xet"
[ -n "$(find "$T/shared/blobs" -type f -size 300k)" ] || fail "the client used no shared store: this proves nothing"
start_hub "${repos[@]}" "${others[@]}"
# Whole repos and parts of others, kinds of repos, an absent file.
HF_ENDPOINT=$hub "$newest" "$top/tests/clients/fill_cache.py" "$T/links" || fail "a download"
HF_ENDPOINT=$hub HF_HUB_DISABLE_SYMLINKS=1 "$newest" "$top/tests/clients/fill_cache.py" "$T/plain" || fail "a download of plain files"
[ -n "$(find "$T/plain" -path '*/snapshots/*' -type f)" ] || fail "the client made no plain files: this proves nothing"
# The old client keeps no listings.
HF_ENDPOINT=$hub HF_HUB_DISABLE_SYMLINKS=1 "$clients/hf0/bin/python" "$top/tests/clients/fill_cache.py" "$T/plain-old" || fail "a download of plain files"

no_more_than() { # SOURCE TARGET WHAT
  local source target
  source=$(du -s --apparent-size -B1 "$1" | cut -f1) target=$(du -s --apparent-size -B1 "$2" | cut -f1)
  [ "$target" -le $((source + source / 10)) ] || fail "$3 grew from $source to $target bytes"
}
for source in links plain plain-old shared; do
  for layout in auto links files shared; do
    target=$T/$source-to-$layout
    [ "$source-$layout" != shared-auto ] || { mkdir -p "$target/blobs" && cp "$T/shared/blobs/.huggingface-shared-blobs" "$target/blobs/"; }
    expect_status 0 cache2cache --from "hf:$T/$source" --to "hf:$target" --cache-layout "$layout"
    expect_status 0 cache2cache --from "hf:$T/$source" --to "hf:$target" --cache-layout "$layout"
    ! grep -E ' [1-9][0-9]* written' "$T/err" || fail "a second run wrote something ($source to $layout)"
    cache-scan "hf:$target" --json --files --check --strict >"$T/ours" 2>"$T/err" || fail "cache-scan of $source to $layout: $(cat "$T/err" "$T/ours")"
    "$newest" "$top/tests/clients/compare_scan.py" "$target" "$T/ours" || fail "cache-scan and the client disagree about $source to $layout"
    for client in hf2 hf0 js; do
      # The others warn of any store, and JavaScript reads no files in snapshots.
      [ "$client" = hf2 ] || [ ! -e "$target/blobs" ] || continue
      [ "$client-$layout" != js-files ] || continue
      rm -rf "$T/copy"
      cp -a "$target" "$T/copy"
      [ "$client" != hf0 ] || rm -f "$T/copy/CACHEDIR.TAG"
      phases=(offline online)
      [ "$client" != js ] || phases=()
      accepts "$client" "$T/copy" org/demo "${phases[@]}" || fail "$client does not accept $source to $layout: $(cat "$T/err")"
    done
  done
done
# Payloads are still shared where the layout allows, and the others are repos that stand alone.
for layout in auto shared; do
  [ -n "$(find "$T/shared-to-$layout/blobs" -type f -size 300k)" ] || fail "nothing is shared in $layout"
  no_more_than "$T/shared" "$T/shared-to-$layout" "the shared cache"
  [ -z "$(find "$T/shared-to-$layout" -xtype l)" ] || fail "a link leads to nothing"
  for refs in "$T/shared-to-$layout"/blobs/??/*.refs; do [ "$(wc -l <"$refs")" -ge 1 ] || fail "$refs names nobody"; done
done
for layout in links files; do
  [ ! -e "$T/shared-to-$layout/blobs" ] || fail "a store was made in $layout"
  cp -a "$T/shared-to-$layout/models--org--demo" "$T/alone-$layout"
  [ -z "$(find "$T/alone-$layout" -xtype l)" ] || fail "a repo of $layout does not stand alone"
done
# What the client frees it frees rightly in a store that we filled: the other repo keeps its contents. Which of two with equal commits
# goes, is chance (2.4.0).
HF_HUB_CACHE=$T/shared-to-shared "$clients/hf2/bin/hf" cache rm model/org/twin --yes >"$T/out" 2>&1 || fail "hf cache rm: $(cat "$T/out")"
[ "$(find "$T/shared-to-shared" -maxdepth 1 -name 'models--*' | wc -l)" -eq 1 ] || fail "hf cache rm removed no repo"
[ -z "$(find "$T/shared-to-shared" -xtype l)" ] || fail "hf cache rm took what the other repo needs"

# The thing people do, and what it does.
mkdir "$T/copied"
cp -a "$T/shared/models--org--demo" "$T/copied/"
[ -n "$(find "$T/copied" -xtype l)" ] || fail "cp -a of a repo that shares contents is expected to lose them"
! accepts hf2 "$T/copied" org/demo offline || fail "the client loads what cp -a left"
