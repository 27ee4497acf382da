#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the trace of one run (strace -f -y) against the rules of publishing.

    syscall_lint.py [--read-only] TRACE ROOT
"""

import argparse
import re
import sys

PUBLISHED = re.compile(r"/(blobs/[0-9a-f]{40,64}|snapshots/[0-9a-f]{40}|trees/[0-9a-f]{40}\.json|refs/.+)\Z")
CHANGING = re.compile(r"(mkdir|rename|link|symlink|unlink|rmdir|chmod|chown|truncate|fallocate|utimens|write|copy_file_range)")
PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')


def parse(trace):
    """(name, arguments, result) of each call."""
    for line in open(trace, errors="surrogateescape"):
        found = re.match(r"(?:\d+ +)?(\w+)\((.*)\) += (.*)", line)
        if found:
            yield found[1], found[2], found[3]


def full(arguments, index):
    """The path of the index-th (descriptor, name) pair."""
    descriptors = re.findall(r"(?:AT_FDCWD|\d+)<([^>]*)>", arguments)
    names = PATH.findall(arguments)
    if index >= len(names):
        return ""
    name = names[index]
    return name if name.startswith("/") or index >= len(descriptors) else f"{descriptors[index]}/{name}"


class Lint:
    def __init__(self, root):
        self.root = root
        self.problems = []
        self.synced = set()       # paths of files and directories, as they were called when they were synced
        self.renamed_in = {}      # directory -> index of the last publication in it
        self.synced_at = {}       # directory -> index of its last sync
        self.publications = 0

    def problem(self, call, arguments, what):
        self.problems.append(f"{what}: {call}({arguments[:200]})")

    def common(self, index, call, arguments):
        if call in ("execve", "execveat") and index > 0:
            self.problem(call, arguments, "something is executed")
        if call in ("socket", "connect", "bind"):
            self.problem(call, arguments, "a socket is used")

    def check(self, index, call, arguments, result):
        self.common(index, call, arguments)
        if result.startswith("-1"):
            return
        if call in ("open", "openat", "openat2") and re.search("O_CREAT", arguments):
            path = full(arguments, 0)
            if "O_EXCL" not in arguments and not path.endswith(".lock"):
                self.problem(call, arguments, "a file is made without O_EXCL")
        if call in ("fsync", "fdatasync"):
            path = re.search(r"<([^>]*)>", arguments)[1]
            self.synced.add(path)
            self.synced_at[path] = index
        if call.startswith("rename"):
            self.rename(index, call, arguments)
        if call == "unlinkat" and "/" in PATH.findall(arguments)[0]:
            self.problem(call, arguments, "a removal names more than one component")
        if call in ("unlink", "rmdir"):
            self.problem(call, arguments, "a removal by path")

    def rename(self, index, call, arguments):
        source, target = full(arguments, 0), full(arguments, 1)
        if not target.startswith(self.root) or not PUBLISHED.search(target):
            return
        self.publications += 1
        if source not in self.synced:
            self.problem(call, arguments, "published before it was synced")
        self.renamed_in[target.rsplit("/", 1)[0]] = index

    def finish(self):
        for directory, index in self.renamed_in.items():
            if self.synced_at.get(directory, -1) < index:
                self.problems.append(f"a name in {directory} was never synced")
        if self.publications < 4:
            self.problems.append(f"only {self.publications} publications were seen: nothing was proved")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("trace")
    parser.add_argument("root")
    arguments = parser.parse_args()
    lint = Lint(arguments.root)
    seen = 0
    for index, (call, words, result) in enumerate(parse(arguments.trace)):
        if not arguments.read_only:
            lint.check(index, call, words, result)
            continue
        lint.common(index, call, words)
        seen += arguments.root in words
        opens_to_write = call.startswith("open") and re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", words)
        # Of a write only where it goes: an answer may hold any path.
        place = words.split('"')[0] if call.startswith(("write", "pwrite")) else words
        if arguments.root in place and (CHANGING.match(call) or opens_to_write):
            lint.problem(call, words, "a reader tries to change something")
    if arguments.read_only and seen == 0:
        lint.problems.append("no call touches the root: nothing was proved")
    if not arguments.read_only:
        lint.finish()
    print("\n".join(lint.problems), end="\n" if lint.problems else "")
    sys.exit(1 if lint.problems else 0)


if __name__ == "__main__":
    main()
