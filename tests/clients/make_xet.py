#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Uploads the large files of a bare repository into a directory that hf_xet can download from again.

    make_xet.py CAS_DIR MAP.json REPO.git     MAP: sha256 -> xet hash, for the mock hub
"""

import json
import pathlib
import re
import sys

import hf_xet

cas, map_file, repo = map(pathlib.Path, sys.argv[1:4])
objects = [str(path) for path in (repo / "lfs" / "objects").rglob("*") if re.fullmatch("[0-9a-f]{64}", path.name)]
cas.mkdir(parents=True)
uploaded = hf_xet.upload_files(objects, f"local://{cas}", ("token", 4102444800), lambda: ("token", 4102444800), None, "model")
hashes = {pathlib.Path(path).name: info.hash for path, info in zip(objects, uploaded)}
map_file.write_text(json.dumps(hashes))
assert hashes
