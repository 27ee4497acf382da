#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether huggingface_hub (2.x or 0.x) takes a cache for its own. Ends with exit 0, or with the first thing that it does not take.
The client may write into the cache, and its links are removed on the way: give it a copy.

    accept_hf.py CACHE REPO EXPECTED.json HUB_URL [PHASE...]     REPO: [TYPE/]ID; PHASE: a function below that takes nothing

Without phases it does all that apply.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request

cache, repo, expected_file, hub = sys.argv[1:5]
repo_type, repo_id = re.fullmatch("(?:(model|dataset|space|kernel)/)?(.+)", repo).groups(default="model")
os.environ["HF_ENDPOINT"] = hub
os.environ["HF_HUB_CACHE"] = cache
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import huggingface_hub  # noqa: E402  (the environment is read at import)

expected = json.loads(pathlib.Path(expected_file).read_text())
is_old = huggingface_hub.__version__.startswith("0.")
folder = pathlib.Path(cache) / f"{repo_type}s--{repo_id.replace('/', '--')}"


def check(condition, message):
    if not condition:
        sys.exit(f"not accepted by huggingface_hub {huggingface_hub.__version__}: {message}")


class Traffic:
    """What the hub was asked for and what it sent since this was made."""

    def __init__(self):
        self.before = self.now()

    @staticmethod
    def now():
        with urllib.request.urlopen(hub + "/_counters") as answer:
            return json.load(answer)

    def requests(self):
        return self.now()["requests"][len(self.before["requests"]) :]

    def check_no_body(self, meanwhile):
        sent = self.now()["body_bytes"] - self.before["body_bytes"]
        check(sent == 0, f"{sent} bytes of files were downloaded {meanwhile}")
        # A transfer through hf_xet goes past the hub, but not without a token.
        tokens = [request for request in self.requests() if "xet-read-token" in request]
        check(not tokens, f"contents were asked for {meanwhile}: {tokens}")


def scan():
    info = huggingface_hub.scan_cache_dir(cache)
    check(not info.warnings, f"scan warns: {[str(warning) for warning in info.warnings]}")
    scanned_repo = next((one for one in info.repos if (one.repo_type, one.repo_id) == (repo_type, repo_id)), None)
    check(scanned_repo, f"scan does not list {repo}")
    found = {revision.commit_hash: revision for revision in scanned_repo.revisions}
    check(set(found) == set(expected["commits"]), f"revisions are {sorted(found)}")
    contents = {}
    for commit, files in expected["commits"].items():
        scanned = {str(file.file_path.relative_to(found[commit].snapshot_path)): file for file in found[commit].files}
        sizes = {path: file.size_on_disk for path, file in scanned.items()}
        check(sizes == {path: file["size"] for path, file in files.items()}, f"files of {commit} are {sizes}")
        for path, file in scanned.items():
            check(is_own_content(file, files[path]["etag"]), f"{path} of {commit} is a link to {file.blob_path}")
            contents[file.blob_path] = file.size_on_disk
    size, count = scanned_repo.size_on_disk, scanned_repo.nb_files
    check((size, count) == (sum(contents.values()), len(contents)), f"{count} contents are of {size} bytes")
    refs = {ref: revision.commit_hash for revision in found.values() for ref in revision.refs}
    check(refs == expected["refs"], f"refs are {refs}")


def is_own_content(file, etag):
    """Whether a link survives a move of the cache, and names its content as the hub does. A plain file is as good as a link."""
    if not file.file_path.is_symlink():
        return True
    return file.blob_path.name == etag and not os.path.isabs(os.readlink(file.file_path))


def listings():
    """Those that are there are whole: a client believes them for ever."""
    for listing in folder.glob("trees/*.json"):
        wanted = {path: file["listed"] for path, file in expected["commits"][listing.stem].items()}
        check(json.loads(listing.read_text())["files"] == wanted, f"{listing} lists other files")


def same_bytes(path, file):
    content = pathlib.Path(path).read_bytes()
    return hashlib.sha256(content).hexdigest() == file["sha256"]


def offline():
    traffic = Traffic()
    for ref, commit in expected["refs"].items():
        for revision in (ref, commit):
            of_revision = {"repo_type": repo_type, "revision": revision}
            snapshot = pathlib.Path(huggingface_hub.snapshot_download(repo_id, local_files_only=True, **of_revision))
            check(snapshot.name == commit, f"snapshot_download of {revision} gives {snapshot}")
            for path, file in expected["commits"][commit].items():
                check(same_bytes(snapshot / path, file), f"snapshot_download of {revision} gives another {path}")
                cached = huggingface_hub.try_to_load_from_cache(repo_id, path, cache_dir=cache, **of_revision)
                check(isinstance(cached, str) and same_bytes(cached, file), f"try_to_load_from_cache of {path} at {revision}: {cached}")
                loaded = huggingface_hub.hf_hub_download(repo_id, path, local_files_only=True, **of_revision)
                check(same_bytes(loaded, file), f"hf_hub_download of {path} at {revision} without network")
    check(not traffic.requests(), f"offline, the hub was asked for {traffic.requests()}")


def snapshot_budget(revision, commit):
    """How many requests a snapshot_download may cost. Only newer clients keep listings."""
    if is_old or not (folder / "trees" / f"{commit}.json").exists():
        return None
    return 0 if revision == commit else 1


def online():
    traffic = Traffic()
    for ref, commit in expected["refs"].items():
        for revision in (ref, commit):
            budget, asked = snapshot_budget(revision, commit), Traffic()
            huggingface_hub.snapshot_download(repo_id, repo_type=repo_type, revision=revision)
            check(budget in (None, len(asked.requests())), f"snapshot_download of {revision} asks for {asked.requests()}")
            asked = Traffic()
            for path, file in expected["commits"][commit].items():
                loaded = huggingface_hub.hf_hub_download(repo_id, path, repo_type=repo_type, revision=revision)
                check(same_bytes(loaded, file), f"hf_hub_download of {path} at {revision}")
            check(revision != commit or not asked.requests(), f"hf_hub_download of {revision} asks for {asked.requests()}")
    traffic.check_no_body("though all is there")


def relinking():
    """A snapshot that somebody removed comes back from the contents alone, with all its files."""
    for commit, files in expected["commits"].items():
        if not any(path.is_symlink() for path in (folder / "snapshots" / commit).iterdir()):
            continue
        shutil.rmtree(folder / "snapshots" / commit)
        traffic = Traffic()
        snapshot = pathlib.Path(huggingface_hub.snapshot_download(repo_id, repo_type=repo_type, revision=commit))
        for path, file in files.items():
            check((snapshot / path).is_file() and same_bytes(snapshot / path, file), f"{path} of {commit} does not come back")
        traffic.check_no_body(f"to bring {commit} back")


def command_line():
    """`hf cache` exists since 1.0."""
    hf = pathlib.Path(sys.executable).with_name("hf")
    listed = subprocess.run([hf, "cache", "ls", "--show-warnings"], capture_output=True, text=True)
    check(listed.returncode == 0 and f"{repo_type}/{repo_id}" in listed.stdout, f"hf cache ls: {listed.stdout}{listed.stderr}")
    check("warning" not in listed.stderr.lower(), f"hf cache ls warns: {listed.stderr}")
    for ref in expected["refs"]:
        verified = subprocess.run(
            [hf, "cache", "verify", repo_id, "--repo-type", repo_type, "--revision", ref, "--fail-on-missing-files", "--fail-on-extra-files"],
            capture_output=True, text=True,
        )
        check(verified.returncode == 0, f"hf cache verify at {ref}: {verified.stdout}{verified.stderr}")


phases = ["scan", "listings", "offline", "online", "scan", "listings", "command_line", "relinking", "scan"]
if is_old:
    phases.remove("command_line")
for phase in sys.argv[5:] or phases:
    globals()[phase]()
print(f"accepted by huggingface_hub {huggingface_hub.__version__}")
