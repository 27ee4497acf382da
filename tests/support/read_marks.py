#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints as JSON what the AI Studio SDK and older modelscope note about a directory: {"files": [[PATH, REVISION], ...], "id": ...,
"version": ...} of .msc, .mdl and .mv, null for what is not there. It ends with exit 1 when a file would run code.

    read_marks.py DIR
"""

import json
import pathlib
import pickle
import sys


class DataOnly(pickle.Unpickler):
    def find_class(self, module, name):
        sys.exit(f"refused to load {module}.{name}")


def load(path):
    with path.open("rb") as file:
        value = DataOnly(file).load()
        if file.read(1):
            sys.exit(f"{path} goes on behind its end")
        return value


folder = pathlib.Path(sys.argv[1])
marks = {"files": None, "id": None, "version": None}
if (folder / ".msc").exists():
    entries = load(folder / ".msc")
    if any(list(entry) != ["Path", "Revision"] for entry in entries):
        sys.exit(f"unexpected entries: {entries}")
    marks["files"] = [[entry["Path"], entry["Revision"]] for entry in entries]
if (folder / ".mdl").exists():
    meta = load(folder / ".mdl")
    if list(meta) != ["id"]:
        sys.exit(f"unexpected .mdl: {meta}")
    marks["id"] = meta["id"]
if (folder / ".mv").exists():
    marks["version"] = (folder / ".mv").read_text()
json.dump(marks, sys.stdout, ensure_ascii=False)
