#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a cache made from a bare repository must hold, found with git alone: independent of every program under test.

    expected_listing.py REPO.git REF...  ->  {"refs": {ref: commit}, "commits": {commit: {path: {"size", "sha256", "etag", "listed"}}}}

`listed` is the entry of a path in a client's tree listing.
"""

import hashlib
import json
import sys

from fake_hub import Repo


def main():
    repo = Repo(sys.argv[1])
    refs = {ref: repo.commit(ref) for ref in sys.argv[2:]}
    commits = {}
    for commit in set(refs.values()):
        files = {}
        for path, entry in repo.tree(commit).items():
            content = repo.content(entry)
            listed = {"size": len(content), "blob_id": entry["oid"]}
            if entry["sha256"]:
                listed.update(lfs_sha256=entry["sha256"], lfs_size=len(content))
            files[path] = {
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "etag": entry["sha256"] or entry["oid"],
                "listed": listed,
            }
        commits[commit] = files
    json.dump({"refs": refs, "commits": commits}, sys.stdout)


if __name__ == "__main__":
    main()
