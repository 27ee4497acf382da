#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Damages copies of a healthy place as plant_damage.py does, lets verify-sha mend them, and compares the result with the healthy place.

    mend_damage.py LAYOUT PLACE SOURCE --seeds N [--first SEED]

SOURCE ("hf:/path") holds the same contents. After the repair every file has its bytes, kind and mode again, nothing else is there but locks
of clients, every other hard link of a damaged file is as the damage left it, the quarantine holds the bad bytes, and a second run is idle.
"""

import argparse
import hashlib
import os
import pathlib
import random
import shutil
import sys
import tempfile

import plant_damage

KINDS = ["flip", "less", "more", "empty", "other", "gone", "link", "pointer"]


def look(root):
    """What is there, with the bytes; clients' lock files and empty directories of theirs left out."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if ".locks" in path.parts or ".lock" in path.parts or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif ".git" not in path.parts or "objects" in path.parts:
            found[name] = (oct(path.stat().st_mode & 0o777), path.read_bytes())
    return found


def differences(before, after):
    return [name for name in sorted(set(before) | set(after)) if before.get(name) != after.get(name)]


def try_one(seed, arguments, word, work, planted):
    """What went wrong, as sentences."""
    copy, aside, quarantine = work / "copy", work / "aside", work / "quarantine"
    source = random.Random(seed)
    shutil.copytree(arguments.place, copy, symlinks=True)
    contents = plant_damage.Layout(copy).contents(arguments.layout)
    # What no revision names is not missed by anybody.
    named = [path for path in contents if any(name[0] for name in contents[path])]
    if arguments.layout == "clone":
        files = {hashlib.sha256(path.read_bytes()).hexdigest() for path in named if path.is_file()}
        named += [path for path in contents if ".git" in path.parts and path.name in files]
    paths = [path for path in named if path.is_file() and not path.is_symlink()]
    path, other = source.sample(paths, 2)
    kind = source.choice(KINDS)
    before = path.read_bytes()
    path.chmod(path.stat().st_mode | 0o200)
    became = plant_damage.plant(kind, path, other, source)
    if not became:
        return []
    path.exists() and not path.is_symlink() and path.chmod(os.stat(arguments.place / path.relative_to(copy)).st_mode & 0o777)
    planted[kind] = planted.get(kind, 0) + 1
    bad = None
    if path.is_file() and not path.is_symlink():
        os.link(path, aside)
        bad = aside.read_bytes()
    options = ["--repair-from", arguments.source] + (["--quarantine", str(quarantine)] if seed % 2 else [])
    wrong = []
    damaged = look(copy)
    status, _, errors = plant_damage.report(f"{word}:{copy}", *options, "--dry-run")
    if status != 1 or differences(damaged, look(copy)) or quarantine.exists():
        wrong.append(f"a dry run changed something or ended with {status}: {errors}")
    status, found, errors = plant_damage.report(f"{word}:{copy}", *options)
    if status != 0:
        wrong.append(f"the repair ended with {status}: {errors}")
    if changed := differences(look(arguments.place), look(copy)):
        wrong.append(f"not as before: {changed}")
    if bad is not None and aside.read_bytes() != bad:
        wrong.append("another name of the bad content was changed")
    kept = [one.read_bytes() for one in quarantine.rglob("*") if one.is_file() and not one.is_symlink()]
    if seed % 2 and bad is not None and kept != [bad]:
        wrong.append(f"the quarantine holds {len(kept)} files, not the bad one")
    after = os.stat(path)
    status, found, errors = plant_damage.report(f"{word}:{copy}", *options)
    if status != 0 or os.stat(path).st_mtime_ns != after.st_mtime_ns or path.read_bytes() != before:
        wrong.append(f"a second run ended with {status}: {errors}")
    return [f"seed {seed}, {kind} of {path.relative_to(copy)}: {sentence}" for sentence in wrong]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layout", choices=["hub", "clone", "dir", "aistudio"])
    parser.add_argument("place", type=pathlib.Path)
    parser.add_argument("source")
    parser.add_argument("--seeds", type=int, required=True)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    word = {"hub": "hf"}.get(arguments.layout, arguments.layout)
    planted, wrong = {}, []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        with tempfile.TemporaryDirectory(dir=arguments.place.parent) as work:
            wrong += try_one(seed, arguments, word, pathlib.Path(work), planted)
    print(f"{sum(planted.values())} mended in {arguments.layout}: {planted}")
    for line in wrong[:20]:
        print(" ", line)
    if wrong or len(planted) < 3:
        sys.exit(1)


if __name__ == "__main__":
    main()
