#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What cache2dir writes, the real clients take for their own download into a directory: by branch and by commit they transfer no file
# body, and their own verification passes.
. "$(dirname "$0")/lib.sh"

MAKE_CLONE_ODD_NAMES=yes make_clone
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$T/hub" --all-refs
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
start_hub --repo "model:org/demo=$T/repo/origin.git"
export HF_ENDPOINT=$hub HF_HUB_CACHE=$T/unused

for revision in main dev v1.0 refs/pr/1; do
  name=${revision//\//-}
  expect_status 0 cache2dir "org/demo@$revision" "$T/$name" --from "hf:$T/hub" --manifest
  [ "$(cat "$T/out")" = "$T/$name" ] || fail "stdout is $(cat "$T/out")"
  (cd "$T/$name" && sha256sum --quiet --strict -c SHA256SUMS) || fail "$revision: SHA256SUMS is not right"
  git -C "$T/repo/origin.git" ls-tree -r --name-only -z "$revision" | tr '\0' '\n' | sort >"$T/wanted"
  (cd "$T/$name" && find . -type f ! -path './.cache/*' ! -name SHA256SUMS | sed 's|^\./||' | sort) | diff "$T/wanted" - || fail "$revision: other files"
  [ "$(wc -l <"$T/$name/SHA256SUMS")" -eq "$(wc -l <"$T/wanted")" ] || fail "$revision: SHA256SUMS has not every file"
  [ -x "$T/$name/run.sh" ] && [ ! -x "$T/$name/config.json" ] || fail "$revision: the executable bit is lost"
  commit=$(git -C "$T/repo/origin.git" rev-parse "$revision^{commit}")
  for client in hf2 hf0; do
    for asked in "$revision" "$commit"; do
      rm -rf "$T/copy"
      cp -a "$T/$name" "$T/copy"
      listing "$T/copy" | grep -v ' d ' | grep -v '^\./\.cache' >"$T/before"
      before=$(body_bytes)
      "$clients/$client/bin/python" - "$asked" "$T/copy" <<'PY' >"$T/out" 2>&1 || fail "$client does not take $revision: $(cat "$T/out")"
import sys, huggingface_hub
path = huggingface_hub.snapshot_download("org/demo", revision=sys.argv[1], local_dir=sys.argv[2])
assert path == sys.argv[2], path
for name in ("config.json", "model.safetensors"):
    huggingface_hub.hf_hub_download("org/demo", name, revision=sys.argv[1], local_dir=sys.argv[2])
PY
      [ "$(body_bytes)" = "$before" ] || fail "$client downloads $asked again"
      listing "$T/copy" | grep -v ' d ' | grep -v '^\./\.cache' | diff "$T/before" - || fail "$client changed $asked"
    done
    # Control: with the notes gone, the same client does download.
    [ "$revision" != main ] || {
      rm -r "$T/copy/.cache"
      before=$(body_bytes)
      "$clients/$client/bin/python" -c 'import sys, huggingface_hub; huggingface_hub.snapshot_download("org/demo", local_dir=sys.argv[1])' "$T/copy" >"$T/out" 2>&1
      [ "$(body_bytes)" != "$before" ] || fail "$client downloads nothing in any case: this proves nothing"
    }
  done
  rm "$T/$name/SHA256SUMS"
  "$clients/hf2/bin/hf" cache verify org/demo --local-dir "$T/$name" --revision "$revision" --fail-on-missing-files --fail-on-extra-files >"$T/out" 2>&1 ||
    fail "hf cache verify: $(cat "$T/out")"
done
printf 'Z' | dd of="$T/main/model.safetensors" bs=1 conv=notrunc status=none
! "$clients/hf2/bin/hf" cache verify org/demo --local-dir "$T/main" >"$T/out" 2>&1 || fail "hf cache verify finds no damage: this proves nothing"
