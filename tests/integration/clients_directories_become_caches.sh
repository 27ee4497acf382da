#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a real client downloads into a directory, dir2cache turns into the tree that the same client makes in its cache: the same contents
# under the same names, the same links, refs and listings; and the client takes it for its own.
. "$(dirname "$0")/lib.sh"

MAKE_CLONE_ODD_NAMES=yes make_clone
export HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
start_hub --repo "model:org/demo=$T/repo/origin.git"
python3 "$support/expected_listing.py" "$T/repo/origin.git" main >"$T/expected.json"

download() { # CLIENT REVISION KEY=VALUE...
  HF_ENDPOINT=$hub HF_HUB_CACHE=$T/unused "$clients/$1/bin/python" - "${@:2}" <<'PY' >"$T/out" 2>&1 || fail "$1 downloads nothing: $(cat "$T/out")"
import sys, huggingface_hub
huggingface_hub.snapshot_download("org/demo", revision=sys.argv[1], **dict(word.split("=", 1) for word in sys.argv[2:]))
PY
}

# Names, link texts and contents, and what a listing says.
tree() {
  python3 - "$1/models--org--demo" <<'PY'
import hashlib, json, os, sys
for base, directories, names in os.walk(sys.argv[1]):
    directories[:] = sorted(d for d in directories if d != ".modelcache")
    for name in sorted(names):
        path = os.path.join(base, name)
        shown = os.path.relpath(path, sys.argv[1])
        if os.path.islink(path):
            print(shown, "->", os.readlink(path))
        elif shown.startswith("trees/"):
            print(shown, json.dumps(json.load(open(path)), sort_keys=True))
        else:
            print(shown, hashlib.sha256(open(path, "rb").read()).hexdigest())
PY
}

for client in hf2 hf0; do
  for revision in main dev refs/pr/1; do
    name=$client-${revision//\//-}
    download "$client" "$revision" "local_dir=$T/dir-$name"
    download "$client" "$revision" "cache_dir=$T/cache-$name"
    listing "$T/dir-$name" >"$T/before"
    expect_status 0 dir2cache "$T/dir-$name" --repo org/demo --ref "$revision" --to "hf:$T/hub-$name"
    listing "$T/dir-$name" | diff "$T/before" - || fail "$name: the source was changed"
    rm -rf "$T/cache-$name/models--org--demo/.no_exist"
    tree "$T/cache-$name" >"$T/wanted"
    tree "$T/hub-$name" | diff "$T/wanted" - || fail "$name: not what the client makes"
    expect_no_text "$T/err" large_decided
  done
done
[ -s "$T/hub-hf2-main/models--org--demo/trees/$(cat "$T/hub-hf2-main/models--org--demo/refs/main").json" ] || fail "no listing: this proves little"
# A listing less than the new client's costs it requests, but no body.
for client in hf2 hf0; do
  accepts "$client" "$T/hub-$client-main" org/demo || fail "$client does not accept the cache: $(cat "$T/err")"
done

# A part that a client downloaded is a part here.
HF_ENDPOINT=$hub HF_HUB_CACHE=$T/unused "$clients/hf2/bin/python" -c '
import sys, huggingface_hub
huggingface_hub.snapshot_download("org/demo", local_dir=sys.argv[1], allow_patterns="*.json")' "$T/part" || fail "the client downloads no part"
expect_status 6 dir2cache "$T/part" --repo org/demo --to "hf:$T/hub-part"
expect_text "$T/err" 'model.safetensors  307200 bytes  sha256:'
expect_status 0 dir2cache "$T/part" --repo org/demo --to "hf:$T/hub-part" --partial
expect_status 1 cache-scan --ready org/demo "hf:$T/hub-part"
"$support/tree_check.py" "$T/hub-part" || fail "the part is not sound"
# The client's next download into it finds it changed by nobody.
before=$(body_bytes)
download hf2 main "local_dir=$T/dir-hf2-main"
[ "$(body_bytes)" = "$before" ] || fail "the directory was changed: the client downloads again"
