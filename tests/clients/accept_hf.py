#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether huggingface_hub (2.x or 0.x) takes a cache for its own. Ends with exit 0, or with the first thing that it does not take.

    accept_hf.py CACHE REPO_ID EXPECTED.json HUB_URL
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

cache, repo_id, expected_file, hub = sys.argv[1:5]
os.environ["HF_ENDPOINT"] = hub
os.environ["HF_HUB_CACHE"] = cache
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import huggingface_hub  # noqa: E402  (the environment is read at import)

expected = json.loads(pathlib.Path(expected_file).read_text())


def check(condition, message):
    if not condition:
        sys.exit(f"not accepted by huggingface_hub {huggingface_hub.__version__}: {message}")


def counters():
    with urllib.request.urlopen(hub + "/_counters") as answer:
        return json.load(answer)


def scan():
    info = huggingface_hub.scan_cache_dir(cache)
    check(not info.warnings, f"scan warns: {[str(warning) for warning in info.warnings]}")
    repos = {repo.repo_id: repo for repo in info.repos}
    check(repo_id in repos, f"scan does not list {repo_id}")
    found = {revision.commit_hash: revision for revision in repos[repo_id].revisions}
    check(set(found) == set(expected["commits"]), f"revisions are {sorted(found)}")
    for commit, files in expected["commits"].items():
        sizes = {str(file.file_path.relative_to(found[commit].snapshot_path)): file.size_on_disk for file in found[commit].files}
        check(sizes == {path: file["size"] for path, file in files.items()}, f"files of {commit} are {sizes}")
    refs = {ref: revision.commit_hash for revision in found.values() for ref in revision.refs}
    check(refs == expected["refs"], f"refs are {refs}")


def same_bytes(path, file):
    content = pathlib.Path(path).read_bytes()
    return hashlib.sha256(content).hexdigest() == file["sha256"]


def offline():
    for ref, commit in expected["refs"].items():
        folder = huggingface_hub.snapshot_download(repo_id, revision=ref, local_files_only=True)
        check(pathlib.Path(folder).name == commit, f"snapshot_download of {ref} gives {folder}")
        for path, file in expected["commits"][commit].items():
            for revision in (ref, commit):
                cached = huggingface_hub.try_to_load_from_cache(repo_id, path, cache_dir=cache, revision=revision)
                check(isinstance(cached, str) and same_bytes(cached, file), f"try_to_load_from_cache of {path} at {revision}: {cached}")
                loaded = huggingface_hub.hf_hub_download(repo_id, path, revision=revision, local_files_only=True)
                check(same_bytes(loaded, file), f"hf_hub_download of {path} at {revision} without network")


def online():
    before = counters()["body_bytes"]
    for ref, commit in expected["refs"].items():
        for revision in (ref, commit):
            huggingface_hub.snapshot_download(repo_id, revision=revision)
            for path, file in expected["commits"][commit].items():
                loaded = huggingface_hub.hf_hub_download(repo_id, path, revision=revision)
                check(same_bytes(loaded, file), f"hf_hub_download of {path} at {revision}")
    sent = counters()["body_bytes"] - before
    check(sent == 0, f"{sent} bytes of files were downloaded")


def command_line():
    """`hf cache` exists since 1.0."""
    hf = pathlib.Path(sys.executable).with_name("hf")
    listed = subprocess.run([hf, "cache", "ls", "--show-warnings"], capture_output=True, text=True)
    check(listed.returncode == 0 and repo_id in listed.stdout, f"hf cache ls: {listed.stdout}{listed.stderr}")
    check("warning" not in listed.stderr.lower(), f"hf cache ls warns: {listed.stderr}")
    for ref in expected["refs"]:
        verified = subprocess.run(
            [hf, "cache", "verify", repo_id, "--revision", ref, "--fail-on-missing-files", "--fail-on-extra-files"],
            capture_output=True, text=True,
        )
        check(verified.returncode == 0, f"hf cache verify at {ref}: {verified.stdout}{verified.stderr}")


scan()
offline()
online()
scan()
if int(huggingface_hub.__version__.split(".")[0]) >= 2:
    command_line()
print(f"accepted by huggingface_hub {huggingface_hub.__version__}")
