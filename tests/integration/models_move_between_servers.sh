#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A model in a client's cache, its weights in the shared store, goes to a server without a network: cache2dir, any way to copy a directory,
# dir2cache; and the client there loads all of it offline. Copying the repo's own folder instead loses the weights.
. "$(dirname "$0")/lib.sh"
need rsync

MAKE_CLONE_ODD_NAMES=yes make_clone
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
"$clients/hf2/bin/python" "$top/tests/clients/make_xet.py" "$T/cas" "$T/xet.json" "$T/repo/origin.git" || fail "hf_xet cannot fill its store"
start_hub --repo "model:org/demo=$T/repo/origin.git" --xet-cas "$T/cas" --xet-map "$T/xet.json"
HF_ENDPOINT=$hub HF_HUB_CACHE=$T/a "$clients/hf2/bin/python" -c '
import huggingface_hub
huggingface_hub.snapshot_download("org/demo")
huggingface_hub.snapshot_download("org/demo", revision="v1.0")' >"$T/out" 2>&1 || fail "the client downloads nothing: $(cat "$T/out")"
[ -n "$(find "$T/a/blobs" -type f -size 300k)" ] || fail "the client used no shared store: this proves nothing"

loads() { # CACHE REVISION: every file, offline, with the bytes of the clone
  HF_HUB_OFFLINE=1 HF_HUB_CACHE=$1 HF_ENDPOINT=http://127.0.0.1:1 "$clients/hf2/bin/python" - "$2" "$T/repo/clone" <<'PY' >"$T/out" 2>&1
import os, subprocess, sys, huggingface_hub
revision, clone = sys.argv[1:]
path = huggingface_hub.snapshot_download("org/demo", revision=revision)
names = subprocess.run(["git", "-C", clone, "ls-tree", "-r", "-z", "--name-only", "v1.0"], capture_output=True, check=True).stdout
for name in names.decode().split("\0")[:-1]:
    with open(os.path.join(path, name), "rb") as got, open(os.path.join(clone, name), "rb") as wanted:
        assert got.read() == wanted.read(), name
PY
}
loads "$T/a" main || fail "server A is not whole: $(cat "$T/out")"

# What people do, and what comes of it.
mkdir "$T/naive"
cp -a "$T/a/models--org--demo" "$T/naive/"
! loads "$T/naive" main || fail "the repo's own folder is enough: this proves nothing"
expect_status 1 cache-scan --check "hf:$T/naive"
expect_text "$T/err" 'link_broken'

expect_status 0 cache2dir org/demo "$T/model" --from "hf:$T/a"
carry_rsync() { rsync -a "$T/model/" "$1"; }
carry_rsync_without_times() { rsync -r "$T/model/" "$1"; }
carry_cp() { cp -r "$T/model" "$1"; }
carry_tar() { mkdir "$1" && tar -C "$T/model" -cf - . | tar -C "$1" -xf -; }
carry_zip() { python3 -c 'import shutil, sys; shutil.unpack_archive(shutil.make_archive(sys.argv[2] + "-z", "zip", sys.argv[1]), sys.argv[2])' "$T/model" "$1"; }
for way in rsync rsync_without_times cp tar zip; do
  "carry_$way" "$T/usb-$way"
  expect_status 0 dir2cache "$T/usb-$way" --to "hf:$T/b-$way"
  loads "$T/b-$way" main || fail "$way: the client does not load it: $(cat "$T/out")"
  "$support/tree_check.py" "$T/b-$way" || fail "$way: the cache is not sound"
  diff -r "$T/a/models--org--demo/refs" "$T/b-$way/models--org--demo/refs" | grep -v 'Only in .*/a/.*: v1.0' && fail "$way: other refs"
  python3 - "$T"/{a,"b-$way"}/models--org--demo/trees/*.json <<'PY' || fail "$way: the listing is another"
import json, sys
one, other = (json.load(open(name)) for name in sys.argv[1:])
for file in one["files"].values():
    file.pop("xet_hash", None)
for file in other["files"].values():
    file.pop("xet_hash", None)
assert one == other
PY
done

# The tag, with its own name; and online the client has nothing to download.
expect_status 0 cache2dir org/demo@v1.0 "$T/tag" --from "hf:$T/a"
expect_status 0 dir2cache "$T/tag" --to "hf:$T/b-rsync"
loads "$T/b-rsync" v1.0 || fail "the tag does not load: $(cat "$T/out")"
start_hub --repo "model:org/demo=$T/repo/origin.git"
HF_ENDPOINT=$hub HF_HUB_CACHE=$T/b-rsync "$clients/hf2/bin/python" -c 'import huggingface_hub; huggingface_hub.snapshot_download("org/demo")' >"$T/out" 2>&1 ||
  fail "the client does not accept the cache online: $(cat "$T/out")"
[ "$(body_bytes)" -eq 0 ] || fail "the client downloads again what was carried"

# --move on both sides leaves one copy at the end.
expect_status 0 dir2cache "$T/usb-cp" --to "hf:$T/b-moved" --move
[ -z "$(ls -A "$T/usb-cp")" ] || fail "--move left $(ls -A "$T/usb-cp")"
loads "$T/b-moved" main || fail "what was moved does not load: $(cat "$T/out")"
