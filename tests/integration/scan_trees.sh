#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cache-scan shows each form of AI Studio's and ModelScope's trees with what is wrong in it, as text and as records, and changes nothing.
. "$(dirname "$0")/lib.sh"

python3 - "$T" <<'PY'
import os, pickle, sys
root, commit, blob = sys.argv[1], "1" * 40, "a" * 40

def write(path, content=b""):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)

def index(folder, paths, identity=None):
    write(folder + "/.msc", pickle.dumps([{"Path": path, "Revision": blob} for path in paths], protocol=4))
    write(folder + "/.mdl", pickle.dumps({"id": "/".join(folder.split("/")[-2:])}, protocol=4))

# AI Studio: a whole repo, a damaged one, one of 0.2, an alias, a partial.
whole = "aistudio/models/org/Qwen2___5"
write(whole + "/config.json", "{}")
write(whole + "/sub/model.bin", b"W" * 5000)
write(whole + "/.mv", f"Revision:{commit},CreatedAt:unknown")
index(whole, ["config.json", "sub/model.bin"])
os.symlink("Qwen2___5", f"{root}/aistudio/models/org/Qwen2.5")
damaged = "aistudio/models/org/damaged"
write(damaged + "/stray.bin", "x")
write(damaged + "/.mv", f"Revision:{commit},CreatedAt:unknown")
index(damaged, ["gone.bin", "../../../../escape"])
write("aistudio/models/._tmp/org/damaged/gone.bin", "half")
write("aistudio/models/._tmp/org/damaged/gone.bin.lock", "")
write("aistudio/models/old/blobs/" + blob, "old bytes")
os.makedirs(f"{root}/aistudio/models/old/snapshots/master/{commit}")
os.symlink(f"{root}/aistudio/models/old/blobs/{blob}", f"{root}/aistudio/models/old/snapshots/master/{commit}/config.json")

class Evil:
    def __reduce__(self):
        return os.system, (f"touch {root}/run",)
write("evil/models/org/evil/.msc", pickle.dumps([Evil()], protocol=4))

# ModelScope: the newer form, an older one, and one that hides another.
write("modelscope/models/org--new.er/snapshots/master/config.json", "{}")
write("modelscope/models/org--new.er/snapshots/v1/model.bin.incomplete", "half")
older = "modelscope/hub/models/org/older"
write(older + "/config.json", "{}")
write(older + "/.gitattributes", "")
write(older + "/.mv", "Revision:master,CreatedAt:1700000000")
index(older, ["config.json"])
write("modelscope/models/org--older/snapshots/master/config.json", "{}")
write("modelscope/mcps/a--b/snapshots/master/x", "four")
PY

for layout in aistudio modelscope evil; do listing "$T/$layout"; done >"$T/before"
untouched() {
  for layout in aistudio modelscope evil; do listing "$T/$layout"; done | cmp -s "$T/before" - || fail "$1 changed something"
  [ ! -e "$T/run" ] || fail "$1 ran a pickle"
}

expect_status 1 cache-scan "aistudio:$T/aistudio"
expect_text "$T/out" org/Qwen2.5
expect_text "$T/out" '3 repos, 3 revisions'
expect_status 0 cache-scan "modelscope:$T/modelscope" -v
expect_text "$T/out" org/new.er
expect_text "$T/out" mcps
expect_status 1 cache-scan "aistudio:$T/aistudio" --check
for line in 'error: blob_missing: models/org/damaged/gone.bin' 'warning: stray_entry: models/org/damaged/stray.bin' \
  'error: name_unsafe: models/org/damaged/.msc' 'warning: partial_download: models/._tmp/org/damaged/gone.bin' \
  'warning: lock_held: models/._tmp/org/damaged/gone.bin.lock'; do
  expect_text "$T/err" "$line"
done
expect_no_text "$T/err" Qwen2
expect_status 0 cache-scan "modelscope:$T/modelscope" --check
expect_text "$T/err" 'warning: layout_shadowed: models/org--older'
expect_text "$T/err" 'note: partial_download: models/org--new.er/snapshots/v1/model.bin.incomplete'
expect_status 1 cache-scan "modelscope:$T/modelscope" --strict
expect_status 1 cache-scan "aistudio:$T/evil" --check
expect_text "$T/err" 'error: index_unsafe: models/org/evil/.msc'
expect_text "$T/err" STACK_GLOBAL
expect_status 0 cache-scan "aistudio:$T/aistudio" --files --filter repo=org/Qwen2.5
expect_text "$T/out" sub/model.bin
cache-scan "aistudio:$T/aistudio" --files -0 --filter repo=old | xargs -0 -n 1 test -f || fail "--files -0 names what is not there"

expect_status 1 cache-scan "aistudio:$T/aistudio" "modelscope:$T/modelscope" --json --files
python3 - "$T/out" "$T" <<'PY' || fail "the records: $(cat "$T/out")"
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
root = sys.argv[2]
def of(kind, **wanted):
    return [r for r in records if r["record"] == kind and all(r[k] == v for k, v in wanted.items())]
assert [r["layout"] for r in of("cache")] == ["aistudio", "modelscope"], of("cache")
whole, = of("repo", repo="org/Qwen2.5")
assert whole["layout"] == "aistudio" and whole["size_on_disk"] == 5002 and whole["files"] == 2 and whole["findings"] == 0, whole
assert whole["path"] == root + "/aistudio/models/org/Qwen2___5", whole
assert of("revision", repo="org/Qwen2.5")[0]["commit"] == "1" * 40
assert of("revision", repo="org/damaged")[0]["complete"] is False
assert of("revision", repo="org/Qwen2.5")[0]["complete"] is None
assert {r["path"] for r in of("file", repo="org/Qwen2.5")} == {"config.json", "sub/model.bin"}
assert of("file", repo="old")[0]["blob"] == root + "/aistudio/models/old/blobs/" + "a" * 40
assert sorted(r["commit"] for r in of("revision", repo="org/new.er")) == ["master", "v1"]
assert of("section")[0]["size_on_disk"] == 4
assert len(of("finding", code="layout_shadowed", repo="model/org/older")) == 1
assert records[-1]["status"] == 1 and records[-1]["repos"] == 6, records[-1]
PY
expect_status 0 cache-scan "aistudio:$T/aistudio" "modelscope:$T/modelscope" --filter layout=modelscope
expect_no_text "$T/out" Qwen
expect_text "$T/out" org/older

expect_status 0 cache-scan --ready org/Qwen2.5 "aistudio:$T/aistudio"
expect_status 0 cache-scan --ready "org/Qwen2.5@$(printf '1%.0s' $(seq 40))" "aistudio:$T/aistudio"
expect_status 1 cache-scan --ready org/damaged "aistudio:$T/aistudio"
expect_text "$T/out" 'gone.bin is not here'
expect_status 0 cache-scan --ready anybody/old "aistudio:$T/aistudio"
expect_status 1 cache-scan --ready org/new.er@v1 "modelscope:$T/modelscope"
expect_status 0 cache-scan --lookup org/Qwen2.5 sub/model.bin "aistudio:$T/aistudio"
[ "$(cat "$T/out")" = "$T/aistudio/models/org/Qwen2___5/sub/model.bin" ] || fail "--lookup: $(cat "$T/out")"
expect_status 4 cache-scan --lookup org/damaged gone.bin "aistudio:$T/aistudio"
expect_status 0 cache-scan --find "$(printf 'W%.0s' $(seq 5000) | sha256sum | cut -c1-64)" "aistudio:$T/aistudio"
expect_text "$T/out" 'model/org/Qwen2.5@'

# Bare paths, and the default places of all clients.
expect_status 1 cache-scan "$T/aistudio"
expect_text "$T/out" org/Qwen2.5
expect_status 0 cache-scan "$T/modelscope"
expect_text "$T/out" org/new.er
expect_status 2 cache-scan "$T/evil"
expect_text "$T/err" "aistudio:$T/evil or modelscope:$T/evil"
mkdir -p "$HOME/.cache/aistudio"
ln -s "$T/aistudio" "$HOME/.cache/aistudio/hub"
ln -s "$T/modelscope" "$HOME/.cache/modelscope"
expect_status 1 cache-scan
expect_text "$T/out" '6 repos'
expect_status 0 cache-scan --ready org/Qwen2.5
expect_status 0 cache-scan --ready org/older
expect_status 0 env MODELSCOPE_CACHE="$T/nowhere" AISTUDIO_CACHE_HOME="$T/nowhere" MS_CACHE_HOME="$T/modelscope" cache-scan modelscope:"$T/modelscope"
untouched cache-scan

# On a tree that nobody may write.
chmod -R a-w "$T/aistudio" "$T/modelscope"
for layout in aistudio modelscope evil; do listing "$T/$layout"; done >"$T/before"
expect_status 1 cache-scan "aistudio:$T/aistudio" --check --files
expect_status 0 cache-scan "modelscope:$T/modelscope" --check --files
untouched "cache-scan of a read-only tree"
