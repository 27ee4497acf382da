#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Downloads a repo with the real SDK of the environment that this runs in, from a mock server: all of it, or the named files one by one.

    fill_sdk.py ORG/NAME [FILE...] --hub URL (--cache DIR | --home DIR | --local-dir DIR) [--type model|dataset] [--revision R]
"""

import hashlib
import pathlib
import sys

import sdk

arguments = sdk.parse_arguments(__doc__, lambda parser: parser.add_argument("files", nargs="*", metavar="FILE"))
client = sdk.client(arguments)
for path in arguments.files:
    client.file(path)
if not arguments.files:
    client.snapshot()
# The SDKs report success also when a file did not come.
for path, file in sdk.expected_files(arguments).items():
    if (path in arguments.files) or not (arguments.files or client.ignores(path)):
        found = pathlib.Path(client.folder()) / path
        if not found.is_file() or hashlib.sha256(found.read_bytes()).hexdigest() != file["sha256"]:
            sys.exit(f"{client.version} did not download {path}")
