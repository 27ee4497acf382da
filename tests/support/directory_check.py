#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether TARGET/model, at whatever moment its writer died, is sound: absent, or each file of it whole in its old or its new form, and
noted as complete only where it is.

    directory_check.py TARGET WANTED [START]     WANTED: the finished directory; START: what TARGET held before
    directory_check.py --listing TARGET          a line for each name, without the times of notes
"""

import hashlib
import json
import os
import sys

NOTES = ".cache/huggingface/"


def files(top):
    """path -> hash of what it holds, of all that is no directory; notes without their time."""
    found = {}
    for base, _, names in os.walk(top):
        for name in names:
            path = os.path.join(base, name)
            if os.path.islink(path):
                found[os.path.relpath(path, top)] = "-> " + os.readlink(path)
                continue
            with open(path, "rb") as file:
                content = file.read()
            if name.endswith(".metadata"):
                content = b"\n".join(content.split(b"\n")[:2])
            mode = "x" if os.stat(path).st_mode & 0o100 else "-"
            found[os.path.relpath(path, top)] = mode + hashlib.sha256(content).hexdigest()
    return found


def problems(target, wanted, start):
    model = os.path.join(target, "model")
    if not os.path.lexists(model):
        return [] if start is None else ["what was there is gone"]
    new = files(wanted)
    old = files(os.path.join(start, "model")) if start else {}
    is_there = files(model)
    told = [path for path, content in old.items() if is_there.get(path) not in (content, new.get(path))]
    for path, content in is_there.items():
        if "modelcache.tmp/" in path:
            continue
        if content not in (new.get(path), old.get(path)):
            told.append(f"{path} is in no form that it should have")
    # The record comes last, and a directory that was not there comes whole.
    record = NOTES + "modelcache.json"
    if start is None or is_there.get(record) == new[record] != old.get(record):
        told += [f"{path} is missing" for path in new if is_there.get(path) != new[path]]
    if record in is_there:
        with open(os.path.join(model, record)) as file:
            try:
                json.load(file)
            except ValueError as error:
                told.append(f"{record} cannot be parsed: {error}")
    return told


def main():
    if sys.argv[1] == "--listing":
        for path, content in sorted(files(sys.argv[2]).items()):
            print(path, content)
        for base, directories, _ in sorted(os.walk(sys.argv[2])):
            for name in sorted(directories):
                print("dir", os.path.relpath(os.path.join(base, name), sys.argv[2]))
        return
    told = problems(*(sys.argv[1:] + [None])[:3])
    print("\n".join(told))
    sys.exit(1 if told else 0)


if __name__ == "__main__":
    main()
