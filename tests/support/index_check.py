#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a tree of AI Studio or ModelScope without any code of ours: an index never names a file that holds something else.

    index_check.py [--after-kill] [--commits FILE] [--like TREE [--was TREE]] ROOT
    index_check.py --history CLONE >FILE

Exit 0: sound, exit 1: one line per problem. --after-kill tolerates what a killed run may leave: staging, which clients ignore. An entry
of AI Studio is the git id of its file or of a pointer to it. That of modelscope <= 1.37 is a commit that brought the file's content, by
the history in FILE; the tree is one of ModelScope then. A repo of --like is absent or whole; where --was has it too, each file is as in
one of the two.
"""

import argparse
import hashlib
import json
import os
import pickle
import re
import subprocess
import sys

CLIENT_FILES = (".msc", ".mdl", ".mv")
STAGING = re.compile(r"\.([^/]+\.)?modelcache\Z")
PARTIAL = re.compile(r"\.(incomplete|parallel_tmp|tmp)\Z")
COMMIT = "[0-9a-f]{40}"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def git_sha1(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def ids(content):
    """What AI Studio's server can say of a file: its id, and that of a pointer to it without and with a final newline."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(content).hexdigest()}\nsize {len(content)}"
    return {git_sha1(content), git_sha1(pointer.encode()), git_sha1(pointer.encode() + b"\n")}


class DataOnly(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"wants {module}.{name}")

    def persistent_load(self, pid):
        raise pickle.UnpicklingError(f"wants {pid}")


def unpickle(path):
    with open(path, "rb") as file:
        value = DataOnly(file).load()
        if file.read(1):
            raise pickle.UnpicklingError("goes on after its end")
        return value


def history_of(clone):
    """"path sha256" of a file's content -> the commits that gave it this content."""
    git = ["git", "-C", clone]
    told = {}
    for commit in subprocess.check_output([*git, "rev-list", "--all", "HEAD"], text=True).split():
        changed = subprocess.check_output([*git, "diff-tree", "--root", "--no-commit-id", "-r", "-z", commit])
        fields = changed.split(b"\0")[:-1]
        for head, path in zip(fields[::2], fields[1::2]):
            oid = head.split()[3].decode()
            if set(oid) == {"0"}:
                continue
            content = subprocess.check_output([*git, "cat-file", "blob", oid])
            pointer = re.match(rb"version https://git-lfs.github.com/spec/v1\noid sha256:([0-9a-f]{64})\n", content)
            sha256 = pointer[1].decode() if pointer else hashlib.sha256(content).hexdigest()
            told.setdefault(f"{os.fsdecode(path)} {sha256}", []).append(commit)
    return told


def files_of(tree, notes=False):
    """path -> sha256 of all below a directory that is neither a client's nor staging."""
    found = {}
    for parent, folders, names in os.walk(tree):
        folders[:] = [name for name in folders if not STAGING.match(name)]
        for name in names:
            path = os.path.join(parent, name)
            if notes or name not in CLIENT_FILES:
                found[os.path.relpath(path, tree)] = hashlib.sha256(read(path)).hexdigest() if os.path.isfile(path) else "no file"
    return found


def repos_in(root):
    """Directories that hold the files of a repo, relative to the root."""
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not STAGING.match(name)]
        if any(name in names for name in CLIENT_FILES):
            yield os.path.relpath(parent, root)
            folders.clear()
        if os.path.basename(parent) == "snapshots":
            yield from (os.path.relpath(os.path.join(parent, name), root) for name in folders)
            folders.clear()


class Check:
    def __init__(self, root, arguments):
        self.root = root
        self.after_kill = arguments.after_kill
        self.commits = json.loads(read(arguments.commits)) if arguments.commits else None
        self.like = arguments.like
        self.was = arguments.was
        self.problems = []

    def problem(self, path, what):
        self.problems.append(f"{os.path.relpath(path, self.root)}: {what}")

    def run(self):
        for parent, folders, names in os.walk(self.root):
            for name in folders + names:
                if not self.after_kill and (STAGING.match(name) or PARTIAL.search(name)):
                    self.problem(os.path.join(parent, name), "was left behind")
        for repo in sorted(repos_in(self.root)):
            self.repo(os.path.join(self.root, repo))
        for repo in sorted(repos_in(self.like)) if self.like else []:
            if os.path.lexists(os.path.join(self.root, repo)):
                self.compare(repo)
        return self.problems

    def repo(self, repo):
        if os.path.basename(os.path.dirname(repo)) == "snapshots":
            for name in CLIENT_FILES:
                if os.path.lexists(os.path.join(repo, name)):
                    self.problem(os.path.join(repo, name), "does not belong to this layout")
            return
        for name, judge in ((".msc", self.index), (".mdl", self.identity), (".mv", self.version)):
            path = os.path.join(repo, name)
            try:
                judge(repo, path)
            except Exception as error:  # whatever pickle throws at bytes
                self.problem(path, f"cannot be read: {error!r}")

    def index(self, repo, index):
        entries, seen = unpickle(index), set()
        if type(entries) is not list:
            return self.problem(index, "is no list")
        for entry in entries:
            if type(entry) is not dict or list(entry) != ["Path", "Revision"] or not all(type(text) is str for text in entry.values()):
                self.problem(index, f"has the entry {entry!r}")
                continue
            path = entry["Path"]
            if path in seen or not path or any(part in ("", ".", "..", *CLIENT_FILES) for part in path.split("/")):
                self.problem(index, f"names {path!r}")
                continue
            seen.add(path)
            self.entry(index, os.path.join(repo, path), path, entry["Revision"])
        for path in files_of(repo):
            if path not in seen and os.path.basename(path) not in (".gitattributes", ".gitignore") and not self.after_kill:
                self.problem(index, f"does not name {path!r}")

    def entry(self, index, file, path, revision):
        if not os.path.isfile(file):
            return self.problem(index, f"names {path!r}, which is not there")
        content = read(file)
        wanted = ids(content) if self.commits is None else self.commits.get(f"{path} {hashlib.sha256(content).hexdigest()}", [])
        if revision not in wanted:
            self.problem(index, f"says of {path!r} {revision}, and it is one of {sorted(wanted)}")

    def identity(self, repo, path):
        owner, name = repo.split(os.sep)[-2:]
        if unpickle(path) != {"id": f"{owner}/{name}"}:
            self.problem(path, "is that of another repo")

    def version(self, _, path):
        wanted = f"Revision:{COMMIT},CreatedAt:unknown" if self.commits is None else r"Revision:[^,\n]+,CreatedAt:\d+|[^,:\n]+"
        if not re.fullmatch(wanted, read(path).decode()):
            self.problem(path, f"holds {read(path)!r}")

    def compare(self, repo):
        is_new = not self.was or not os.path.lexists(os.path.join(self.was, repo))
        wanted = files_of(os.path.join(self.like, repo), notes=is_new)
        before = wanted if is_new else files_of(os.path.join(self.was, repo))
        found = files_of(os.path.join(self.root, repo), notes=is_new)
        for path in sorted({*wanted, *before, *found}):
            if found.get(path) not in (wanted.get(path), before.get(path)):
                self.problem(os.path.join(self.root, repo, path), f"is {found.get(path)}, not {wanted.get(path)}")
        if os.path.isfile(os.path.join(self.like, repo, ".msc")) and not os.path.isfile(os.path.join(self.root, repo, ".msc")):
            self.problem(os.path.join(self.root, repo), "has no index")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--after-kill", action="store_true")
    parser.add_argument("--commits", metavar="FILE")
    parser.add_argument("--history", metavar="CLONE")
    parser.add_argument("--like", metavar="TREE")
    parser.add_argument("--was", metavar="TREE")
    parser.add_argument("root", nargs="?")
    arguments = parser.parse_args()
    if arguments.history:
        return json.dump(history_of(arguments.history), sys.stdout)
    root = os.path.abspath(arguments.root)
    found = Check(root, arguments).run() if os.path.isdir(root) else []
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
