#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""git_tree_id gives random sets of files the id that `git write-tree` gives them.

usage: git_trees_are_gits.py PATH/TO/git_tree_answers [TREES [SEED]]
"""
import os
import random
import subprocess
import sys
import tempfile

# Characters on both sides of '/', which decide the order of directories and files.
NAMES = ["a", "a-b", "a.b", "a0", "a b", "a+", "a\x01", "A", "b", "ab", "a\u00e4", "a\udcff", "-", ".x", "a.", "a!", "z"]
MODES = ["100644", "100755", "120000"]


def paths(rng):
    """Distinct paths, none the directory of another."""
    files, directories = set(), set()
    for _ in range(rng.randrange(1, 25)):
        parts = [rng.choice(NAMES) for _ in range(rng.randrange(1, 5))]
        path = "/".join(parts)
        above = ["/".join(parts[:i]) for i in range(1, len(parts))]
        if path in directories or any(one in files for one in above):
            continue
        files.add(path)
        directories.update(above)
    return files


def git(folder, *arguments, sent=b""):
    environment = {"PATH": os.environ["PATH"], "GIT_DIR": folder, "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *arguments], input=sent, stdout=subprocess.PIPE, check=True, env=environment).stdout


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    sent, expected = b"", []
    with tempfile.TemporaryDirectory(prefix="modelcache-test.") as folder:
        git(folder, "init", "-q", "--bare")
        for _ in range(count):
            lines = [f"{rng.choice(MODES)} {rng.randbytes(20).hex()} ".encode() + os.fsencode(path) for path in paths(rng)]
            rng.shuffle(lines)
            sent += b"".join(line + b"\0" for line in lines) + b"\0"
            index = b"".join(line.replace(b" ", b"\t", 2).replace(b"\t", b" ", 1) + b"\0" for line in lines)
            git(folder, "read-tree", "--empty")
            git(folder, "update-index", "-z", "--index-info", sent=index)
            expected.append(git(folder, "write-tree", "--missing-ok").decode().strip())
    answers = subprocess.run([program], input=sent, stdout=subprocess.PIPE, check=True).stdout.decode().split()
    if answers != expected:
        wrong = [i for i, pair in enumerate(zip(answers, expected)) if pair[0] != pair[1]]
        sys.exit(f"{len(answers)} ids for {count} trees, wrong are {wrong[:10]}")
    print(f"{count} trees, all ids as git's")


if __name__ == "__main__":
    main()
