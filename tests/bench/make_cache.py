#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a hub cache of many small files, to measure looking at it.

    make_cache.py CACHE [--repos 1000] [--revisions 2] [--files 20] [--listings]

Half of a revision's files are shared with the revision before it, as in real repos. --listings adds trees/<commit>.json.
"""

import argparse
import hashlib
import json
import os


def write(path, content, directory=None):
    # Three system calls and no objects for streams: a hundred thousand files take a second or two.
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=directory)
    os.write(file, content)
    os.close(file)


def make_revision(number, revision, arguments, blobs, known, top):
    """Files and their links; gives what a listing says of them."""
    os.makedirs(f"{top}/nested")
    here, nested = (os.open(path, os.O_RDONLY) for path in (top, f"{top}/nested"))
    listing = {}
    for index in range(arguments.files):
        version = 0 if index % 2 else revision
        content = f"{number} {index} {version}".encode()
        name = hashlib.sha256(content).hexdigest()
        if name not in known:
            known.add(name)
            write(name, content, blobs)
        if index % 5 == 0:
            path = f"nested/file{index:05d}"
            os.symlink(f"../../../blobs/{name}", path[7:], dir_fd=nested)
        else:
            path = f"file{index:05d}"
            os.symlink(f"../../blobs/{name}", path, dir_fd=here)
        if arguments.listings:
            listing[path] = {"size": len(content), "blob_id": name[:40], "lfs_sha256": name, "lfs_size": len(content)}
    os.close(here)
    os.close(nested)
    return listing


def make_repo(root, number, arguments):
    repo = f"{root}/models--org--model{number:06d}"
    for folder in ("blobs", "refs", "snapshots"):
        os.makedirs(f"{repo}/{folder}")
    blobs = os.open(f"{repo}/blobs", os.O_RDONLY)
    known = set()
    for revision in range(arguments.revisions):
        commit = hashlib.sha1(f"{number} {revision}".encode()).hexdigest()
        listing = make_revision(number, revision, arguments, blobs, known, f"{repo}/snapshots/{commit}")
        if arguments.listings:
            os.makedirs(f"{repo}/trees", exist_ok=True)
            write(f"{repo}/trees/{commit}.json", json.dumps({"format_version": 1, "files": dict(sorted(listing.items()))}, indent=1).encode())
    os.close(blobs)
    write(f"{repo}/refs/main", commit.encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("--repos", type=int, default=1000)
    parser.add_argument("--revisions", type=int, default=2)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--listings", action="store_true")
    arguments = parser.parse_args()
    for number in range(arguments.repos):
        make_repo(arguments.cache, number, arguments)


if __name__ == "__main__":
    main()
