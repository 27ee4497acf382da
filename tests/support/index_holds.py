#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether an AI Studio directory is sound, by Python's own pickle: each entry of its index is the id of the file that is there, or of an
LFS pointer to it, and nothing else than the side files differs from GOLDEN. With --listing, prints what there is.

    index_holds.py DIR GOLDEN
    index_holds.py --listing DIR
"""

import hashlib
import pathlib
import pickle
import sys

SIDE = (".msc", ".mdl", ".mv")


def blob_id(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def ids(data):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d" % (hashlib.sha256(data).hexdigest().encode(), len(data))
    return {blob_id(data), blob_id(pointer), blob_id(pointer + b"\n")}


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


if sys.argv[1] == "--listing":
    for name, data in files(pathlib.Path(sys.argv[2])).items():
        print(name, hashlib.sha256(data).hexdigest())
    sys.exit()
folder, golden = map(pathlib.Path, sys.argv[1:])
found, wanted = files(folder), files(golden)
side = {name: found.pop(name, None) for name in SIDE}
kept = {name: data for name, data in found.items() if not name.endswith(".incomplete")}
if kept != {name: data for name, data in wanted.items() if name not in SIDE}:
    sys.exit(f"other files: {sorted(kept)}")
for entry in pickle.loads(side[".msc"]) if side[".msc"] is not None else []:
    if entry["Revision"] not in ids(found[entry["Path"]]):
        sys.exit(f"{entry} is not what is there")
if side[".mdl"] is not None and list(pickle.loads(side[".mdl"])) != ["id"]:
    sys.exit("an .mdl that is none")
