#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The files of a revision that we learn from a hub are those that huggingface_hub lists there, whatever the kind of the repo, the name of the
# revision and the number of pages.
#
# usage: hub_listings_are_the_clients.sh [PATH/TO/hub_listing_answers]
. "$(dirname "$0")/lib.sh"

answers=$(realpath "${1:-$top/build/dev/tests/hub_listing_answers}")
make_clone
origin=$T/repo/origin.git
commit=$(git -C "$origin" rev-parse main)
git -C "$origin" update-ref refs/heads/feature/with+sign "$commit"
python3 - "$origin" "$(git -C "$origin" cat-file blob main:model.safetensors | sed -n 's/^oid sha256://p')" >"$T/xet.json" <<'PY'
import json, pathlib, sys
stored = {path.name for path in pathlib.Path(sys.argv[1], "lfs/objects").glob("*/*/*")}
assert sys.argv[2] in stored and len(stored) > 1
# The hub masks some.
print(json.dumps({name: "e" * 64 if name == sys.argv[2] else "0123*" * 12 + "abcd" for name in stored}))
PY

export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 HF_HUB_DISABLE_UPDATE_CHECK=1
for page in 7 1000; do
  start_hub --page "$page" --xet-map "$T/xet.json" --xet-cas "$T" \
    --repo "model:org/demo=$origin" --repo "dataset:org/demo=$origin" --repo "space:org/demo=$origin" --repo "model:gpt2=$origin"
  HF_ENDPOINT=$hub "$clients/hf2/bin/python" - "$answers" "$commit" <<'PY' || fail "with $page entries a page"
import json, subprocess, sys
from huggingface_hub import HfApi, RepoFile

answers, commit = sys.argv[1:]
api = HfApi()

def of_the_client(kind, repo, revision):
    info = api.repo_info(repo, repo_type=kind, revision=revision)
    files = {}
    for one in api.list_repo_tree(repo, repo_type=kind, revision=info.sha, recursive=True):
        if isinstance(one, RepoFile):
            files[one.path] = {"size": one.size, "blob_id": one.blob_id}
            if one.lfs:
                files[one.path] |= {"lfs_sha256": one.lfs.sha256, "lfs_size": one.lfs.size}
            if one.xet_hash and "*" not in one.xet_hash:
                files[one.path]["xet_hash"] = one.xet_hash
    return info.sha, files

def ours(kind, repo, revision):
    ran = subprocess.run([answers, kind, repo, revision], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    sha, listing = ran.stdout.split("\n", 1)
    return sha, json.loads(listing)["files"]

asked = [("model", "org/demo", revision) for revision in ("v1.0", "refs/pr/1", "feature/with+sign", commit)]
asked += [(kind, repo, "main") for kind, repo in (("dataset", "org/demo"), ("space", "org/demo"), ("model", "gpt2"))]
for kind, repo, revision in asked:
    wanted, got = of_the_client(kind, repo, revision), ours(kind, repo, revision)
    assert wanted == got, f"{kind} {repo} {revision}: {wanted} is not {got}"
    assert len(got[1]) > 10 and any("lfs_size" in one for one in got[1].values()), got
large = [one for one in got[1].values() if "lfs_size" in one]
assert {"xet_hash" in one for one in large} == {False, True}, large

def refused(kind, repo, revision, status, text):
    ran = subprocess.run([answers, kind, repo, revision], capture_output=True, text=True)
    assert ran.returncode == status and text in ran.stderr, ran

refused("model", "org/demo", "none", 4, "no revision 'none'")
refused("model", "org/demo", "0" * 40, 4, "no revision")
refused("dataset", "org/none", "main", 4, "knows no dataset/org/none")
PY
  kill "${children[-1]}"
done
