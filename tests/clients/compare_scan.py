#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether `cache-scan --json --files` reports what the client's own scanner does.

    compare_scan.py CACHE OURS.jsonl
"""

import json
import os
import sys

from huggingface_hub import scan_cache_dir

cache, ours_file = sys.argv[1:3]
theirs = scan_cache_dir(cache)
assert not theirs.warnings, theirs.warnings


def real(path):
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


expected = {}
for repo in theirs.repos:
    revisions = {}
    for revision in repo.revisions:
        files = {str(f.file_path.relative_to(revision.snapshot_path)): (f.size_on_disk, real(str(f.blob_path))) for f in revision.files}
        # Their files are a set by path and blob; each entry is one.
        revisions[revision.commit_hash] = (revision.size_on_disk, sorted(revision.refs), files)
    expected[(repo.repo_type, repo.repo_id)] = (repo.size_on_disk, repo.nb_files, int(repo.last_modified), revisions)

found, types = {}, {}
size = None
for line in open(ours_file):
    record = json.loads(line)
    kind = record["record"]
    if kind == "cache":
        size = record["size_on_disk"]
    elif kind == "repo":
        types = {"now": (record["repo_type"], record["repo"])}
        found[types["now"]] = (record["size_on_disk"], record["files"], record["last_modified"], {})
    elif kind == "revision":
        found[(record["repo_type"], record["repo"])][3][record["commit"]] = (record["size_on_disk"], sorted(record["refs"]), {})
    elif kind == "file":
        found[types["now"]][3][record["commit"]][2][record["path"]] = (record["size"], real(record["blob"]))

assert found == expected, f"ours: {found}\ntheirs: {expected}"
assert size == theirs.size_on_disk, (size, theirs.size_on_disk)
assert found, "nothing was compared"
print(f"{len(found)} repos agree")
