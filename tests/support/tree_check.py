#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a hub cache without any code of ours: every name that is published names something complete.

    tree_check.py [--after-kill] [--files] CACHE     exit 0: sound; exit 1: one line per problem
    tree_check.py --listing CACHE          a sorted listing "type mode size sha256 path target", for comparing two caches

--after-kill tolerates what a killed run may leave: temporaries that clients ignore. --files takes files in snapshots, whose contents are
then what the listing says.
"""

import argparse
import hashlib
import json
import os
import re
import stat
import sys

PARTIAL = re.compile(r"[0-9a-f]{40,64}\.[0-9a-f]{8}\.incomplete\Z")
TYPES = ("models--", "datasets--", "spaces--", "kernels--")
KNOWN = {".locks", "CACHEDIR.TAG"}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def git_sha1(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Check:
    def __init__(self, root, after_kill, files=False):
        self.root = root
        self.after_kill = after_kill
        self.files = files
        self.problems = []

    def problem(self, path, what):
        self.problems.append(f"{os.path.relpath(path, self.root)}: {what}")

    def run(self):
        for name in sorted(os.listdir(self.root)):
            path = os.path.join(self.root, name)
            if name.startswith(TYPES) and os.path.isdir(path) and not os.path.islink(path):
                self.repo(path)
            elif name == "blobs" and os.path.isfile(os.path.join(path, ".huggingface-shared-blobs")):
                continue
            elif name not in KNOWN and not (self.after_kill and name.endswith(".incomplete")):
                self.problem(path, "does not belong at the root")
        return self.problems

    def commit(self, path, name):
        with open(path, "rb") as file:
            content = file.read()
        if hashlib.sha1(b"commit %d\0" % len(content) + content).hexdigest() != name:
            self.problem(path, "is not the commit that its name says")

    def names(self, path):
        return sorted(os.listdir(path)) if os.path.isdir(path) else []

    def repo(self, repo):
        for name in self.names(repo):
            if name not in ("blobs", "snapshots", "refs", "trees", ".no_exist", ".modelcache"):
                self.problem(os.path.join(repo, name), "does not belong in a repo")
        own = os.path.join(repo, ".modelcache")
        for name in self.names(own):
            if name != "commits" and not self.after_kill:
                self.problem(os.path.join(own, name), "staging was left behind")
        if os.path.lexists(own) and not self.names(own) and not self.after_kill:
            self.problem(own, "an empty folder of ours was left behind")
        for name in self.names(os.path.join(own, "commits")):
            if len(name) == 40:
                self.commit(os.path.join(own, "commits", name), name)
        blobs = os.path.join(repo, "blobs")
        for name in self.names(blobs):
            self.blob(os.path.join(blobs, name), name)
        snapshots = os.path.join(repo, "snapshots")
        for name in self.names(snapshots):
            if not re.fullmatch("[0-9a-f]{40}", name):
                self.problem(os.path.join(snapshots, name), "is no commit")
            self.snapshot(os.path.join(snapshots, name), blobs)
        for name in self.names(os.path.join(repo, "trees")):
            self.listing(os.path.join(repo, "trees", name), snapshots)
        self.refs(os.path.join(repo, "refs"), snapshots)

    @staticmethod
    def digest(content, like):
        return git_sha1(content) if len(like) == 40 else hashlib.sha256(content).hexdigest()

    def blob(self, path, name):
        if self.after_kill and PARTIAL.match(name):
            return
        if not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", name):
            return self.problem(path, "is no content")
        actual = self.digest(read(path), name)
        if actual != name:
            self.problem(path, f"holds {actual}")

    def snapshot(self, snapshot, blobs):
        for parent, folders, files in os.walk(snapshot):
            for name in folders + files:
                path = os.path.join(parent, name)
                if os.path.isdir(path) and not os.path.islink(path):
                    continue
                if not os.path.islink(path):
                    if not self.files:
                        self.problem(path, "is no link")
                    continue
                text = os.readlink(path)
                target = os.path.normpath(os.path.join(parent, text))
                wanted = os.path.relpath(os.path.join(blobs, os.path.basename(text)), parent)
                if text != wanted or os.path.dirname(target) != blobs:
                    self.problem(path, f"leads to {text}")
                elif not os.path.isfile(path):
                    self.problem(path, "leads to nothing")

    def listing(self, path, snapshots):
        commit, suffix = os.path.splitext(os.path.basename(path))
        if suffix != ".json" or not re.fullmatch("[0-9a-f]{40}", commit):
            return self.problem(path, "is no listing")
        if not os.path.isfile(path):
            return self.problem(path, "is no file")
        try:
            value = json.loads(read(path))
        except ValueError as error:
            return self.problem(path, f"cannot be parsed: {error}")
        if value.get("format_version") != 1:
            return self.problem(path, "has another version")
        snapshot = os.path.join(snapshots, commit)
        listed = set(value["files"])
        for name, file in value["files"].items():
            entry = os.path.join(snapshot, name)
            if not os.path.lexists(entry):
                continue
            etag = file.get("lfs_sha256", file["blob_id"])
            if not os.path.islink(entry) and self.digest(read(entry), etag) != etag:
                self.problem(entry, f"does not hold {etag}")
            if os.path.islink(entry) and os.path.basename(os.readlink(entry)) != etag:
                self.problem(entry, f"is listed as {etag}")
            if os.path.isfile(entry) and os.path.getsize(entry) != file.get("lfs_size", file["size"]):
                self.problem(entry, "has another size than listed")
        for parent, _, files in os.walk(snapshot):
            for name in files:
                entry = os.path.relpath(os.path.join(parent, name), snapshot)
                if entry not in listed:
                    self.problem(path, f"does not list {entry}")

    def refs(self, refs, snapshots):
        for parent, _, files in os.walk(refs):
            for name in files:
                path = os.path.join(parent, name)
                commit = read(path)
                if not re.fullmatch(b"[0-9a-f]{40}", commit):
                    self.problem(path, f"holds {commit!r}")
                elif not os.path.isdir(os.path.join(snapshots, commit.decode())):
                    self.problem(path, "names a revision that is not there")


def problems(root, after_kill=False, files=False):
    """One line per problem; none where there is no cache at all."""
    return Check(root, after_kill, files).run() if os.path.isdir(root) else []


def listing(root):
    """A sorted line for each name below the root."""
    lines = []
    for parent, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(parent, name)
            status = os.lstat(path)
            kind = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}.get(stat.S_IFMT(status.st_mode), "other")
            is_lock = path.endswith(".lock") or (kind == "file" and os.path.basename(parent) == ".lock")
            sha256 = hashlib.sha256(read(path)).hexdigest() if kind == "file" and not is_lock else "-"
            size = status.st_size if kind == "file" else 0
            target = os.readlink(path) if kind == "link" else ""
            # A run killed between making a lock file and opening it to the group leaves the umask's mode.
            mode = "" if kind == "link" or is_lock else f"{stat.S_IMODE(status.st_mode):04o}"
            lines.append(f"{kind} {mode} {size} {sha256} {os.path.relpath(path, root)} {target}")
    return sorted(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--after-kill", action="store_true")
    parser.add_argument("--files", action="store_true")
    parser.add_argument("--listing", action="store_true")
    parser.add_argument("cache")
    arguments = parser.parse_args()
    root = os.path.abspath(arguments.cache)
    if arguments.listing:
        return print("\n".join(listing(root)))
    found = problems(root, arguments.after_kill, arguments.files)
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
