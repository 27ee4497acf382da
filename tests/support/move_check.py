#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether a move between two hub caches lost nothing, wherever it was killed: each revision of the cache as it was before is whole in the
target, with all of its refs, or still whole in the source.

    move_check.py BEFORE SOURCE TARGET     exit 0: nothing is lost; exit 1: one line per problem
"""

import os
import sys

import tree_check


def revisions(root):
    """(repo, commit) -> (path -> bytes), and (repo, ref) -> commit."""
    snapshots, refs = {}, {}
    for repo in sorted(os.listdir(root)) if os.path.isdir(root) else []:
        if not repo.startswith(tree_check.TYPES):
            continue
        for part, found in (("snapshots", snapshots), ("refs", refs)):
            top = os.path.join(root, repo, part)
            for parent, _, files in os.walk(top):
                for name in files:
                    path = os.path.join(parent, name)
                    relative = os.path.relpath(path, top)
                    if part == "refs":
                        refs[repo, relative] = tree_check.read(path).decode()
                        continue
                    commit, entry = relative.split("/", 1)
                    content = tree_check.read(path) if os.path.isfile(path) else None
                    snapshots.setdefault((repo, commit), {})[entry] = content
    return snapshots, refs


before, source, target = sys.argv[1:4]
wanted, names = revisions(before)
there, there_names = revisions(target)
here, here_names = revisions(source)
problems = [f"source: {line}" for line in tree_check.problems(source, after_kill=True)]
problems += [f"target: {line}" for line in tree_check.problems(target, after_kill=True)]
for (repo, commit), files in wanted.items():
    moved = there.get((repo, commit)) == files and all(
        there_names.get(name) == commit for name, led_to in names.items() if led_to == commit and name[0] == repo
    )
    kept = here.get((repo, commit)) == files and all(
        here_names.get(name) == commit for name, led_to in names.items() if led_to == commit and name[0] == repo
    )
    if not moved and not kept:
        problems.append(f"{repo} {commit} is whole nowhere")
print("\n".join(problems), end="\n" if problems else "")
sys.exit(1 if problems else 0)
