#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Damages copies of a healthy place in every way, and compares what verify-sha reports with what was planted.

    plant_damage.py LAYOUT PLACE --seeds N [--first SEED]

Each seed plants one damage in one file of a fresh copy: a flipped bit, a byte less or more, nothing left, another file's content, gone, a
link to elsewhere, or an LFS pointer in its place. Exactly the names that lead to this content must be reported, each with the right status.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

SOUND = {"matched", "unverifiable", "extra", "skipped"}


class Layout:
    """Where contents lie below the place, and the names that verify-sha has for each."""

    def __init__(self, root):
        self.root = root

    def hub(self):
        contents = {}
        for repo in sorted(self.root.glob("*--*")):
            names = {path: [("", f"blobs/{path.name}")] for path in sorted(repo.glob("blobs/*"))}
            for link in sorted(path for path in repo.glob("snapshots/*/**/*") if path.is_symlink()):
                commit = link.relative_to(repo / "snapshots").parts[0]
                blob = repo / "blobs" / os.path.basename(os.readlink(link))
                names[blob] = [name for name in names.get(blob, []) if name[0]]
                names[blob].append((commit, str(link.relative_to(repo / "snapshots" / commit))))
            contents.update(names)
        return contents

    def clone(self):
        files = subprocess.run(["git", "-C", self.root, "ls-files", "-z"], capture_output=True, check=True).stdout
        commit = subprocess.run(["git", "-C", self.root, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        contents = {self.root / os.fsdecode(name): [(commit, os.fsdecode(name))] for name in files.split(b"\0") if name}
        for path in sorted(self.root.glob(".git/lfs/objects/*/*/*")):
            contents[path] = [("", str(path.relative_to(self.root)))]
        return contents

    def dir(self):
        commit = json.loads((self.root / ".cache/huggingface/modelcache.json").read_text())["commit"]
        files = [path for path in sorted(self.root.rglob("*")) if path.is_file() and ".cache" not in path.parts]
        return {path: [(commit, str(path.relative_to(self.root)))] for path in files}

    def aistudio(self):
        contents = {}
        for index in sorted(self.root.rglob(".msc")):
            commit = (index.parent / ".mv").read_text().split(":")[1].split(",")[0]
            for path in sorted(index.parent.rglob("*")):
                name = str(path.relative_to(index.parent))
                # The client keeps no entry for the git files at the top.
                if path.is_file() and name not in (".msc", ".mdl", ".mv", ".gitattributes", ".gitignore"):
                    contents[path] = [(commit, name)]
        return contents

    def contents(self, layout):
        return getattr(self, layout)()


def plant(kind, path, other, source):
    """Returns the status that the file then has; nothing where this does not damage it."""
    before = path.read_bytes()
    if kind == "flip" and before:
        at = source.randrange(len(before) * 8)
        path.write_bytes(before[: at // 8] + bytes([before[at // 8] ^ 1 << at % 8]) + before[at // 8 + 1 :])
    elif kind == "less" and before:
        path.write_bytes(before[:-1])
    elif kind == "more":
        path.write_bytes(before + b"\0")
    elif kind == "empty" and before:
        path.write_bytes(b"")
    elif kind == "other" and other.read_bytes() != before:
        path.write_bytes(other.read_bytes())
    elif kind == "gone":
        path.unlink()
        return "missing"
    elif kind == "link":
        path.unlink()
        path.symlink_to("/etc/hostname")
        return "link"
    elif kind == "pointer":
        oid = hashlib.sha256(before).hexdigest()
        path.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(before)}\n")
        return "pointer"
    else:
        return None
    return "unmatched"


def report(place, *options):
    done = subprocess.run(["verify-sha", place, "--json", *options], capture_output=True, text=True)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    files = [record for record in records if record["record"] == "file"]
    return done.returncode, {(file["commit"] or "", file["path"]): file["status"] for file in files}, done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layout", choices=["hub", "clone", "dir", "aistudio"])
    parser.add_argument("place", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, required=True)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    word = {"hub": "hf"}.get(arguments.layout, arguments.layout)

    status, healthy, errors = report(f"{word}:{arguments.place}")
    if status != 0 or not healthy or not set(healthy.values()) <= SOUND or "matched" not in healthy.values():
        sys.exit(f"a healthy {arguments.layout} is accused ({status}): {errors}{healthy}")
    planted, wrong = {}, []
    with tempfile.TemporaryDirectory(dir=arguments.place.parent) as work:
        copy = pathlib.Path(work) / "copy"
        for seed in range(arguments.first, arguments.first + arguments.seeds):
            source = random.Random(seed)
            shutil.copytree(arguments.place, copy, symlinks=True)
            contents = Layout(copy).contents(arguments.layout)
            paths = [path for path in contents if path.is_file() and not path.is_symlink()]
            kind = source.choice(["flip", "less", "more", "empty", "other", "swap", "gone", "link", "pointer"])
            path, other = source.sample(paths, 2)
            expected = {}
            if kind == "swap":
                one, two = path.read_bytes(), other.read_bytes()
                if one != two:
                    path.write_bytes(two)
                    other.write_bytes(one)
                    expected = {name: "unmatched" for place in (path, other) for name in contents[place]}
            else:
                became = plant(kind, path, other, source)
                if became == "link":
                    became = "unmatched" if arguments.layout in ("clone", "dir") else "missing"
                expected = {name: became for name in contents[path]} if became else {}
                if arguments.layout == "hub" and became == "missing":
                    # A content that no revision names is not missed by anybody.
                    expected = {name: became for name in expected if name[0]}
            planted[kind] = planted.get(kind, 0) + bool(expected)
            status, found, errors = report(f"{word}:{copy}")
            found = {name: one for name, one in found.items() if one not in SOUND}
            if found != expected or status != (1 if expected else 0):
                wrong.append(f"seed {seed}, {kind} of {path}: {found}, exit {status}; planted: {expected}; {errors}")
            shutil.rmtree(copy)
    print(f"{sum(planted.values())} planted in {arguments.layout}: {planted}")
    for line in wrong[:20]:
        print(" ", line)
    if wrong or not all(planted.get(kind) for kind in ("flip", "gone", "pointer")):
        sys.exit(1)


if __name__ == "__main__":
    main()
