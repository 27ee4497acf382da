#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the real SDK of the environment that this runs in takes what is there for its own download: with and without network, as a whole
and file by file, it finds the right bytes and the mock server sends no byte of a file. Ends with exit 0, or with the first thing that it
does not take. The SDK may write there: give it a copy.

    accept_sdk.py ORG/NAME --hub URL (--cache DIR | --home DIR | --local-dir DIR) [--type model|dataset] [--revision R] [--changed FILE]...

Files that are named as changed are missing or old: the SDK must fetch these and no other.
"""

import hashlib
import os
import pathlib

import sdk


def add_options(parser):
    parser.add_argument("--changed", action="append", default=[], metavar="FILE")


arguments = sdk.parse_arguments(__doc__, add_options)
client = sdk.client(arguments)
files = {path: file for path, file in sdk.expected_files(arguments).items() if not client.ignores(path)}
changed = set(arguments.changed)
folder = pathlib.Path(os.path.abspath(client.folder()))


def check(condition, message):
    if not condition:
        sdk.refuse(client.version, message)


def answer(call, ask, *what, **more):
    try:
        return ask(*what, **more)
    except Exception as error:  # Each SDK has its own kinds.
        check(False, f"{call}: {error}")


def check_is(found, wanted, call):
    """Each client resolves links in the way to the cache or does not."""
    check(found and os.path.realpath(found) == os.path.realpath(wanted), f"{call} gives {found}, not {wanted}")


def check_bytes(paths, call):
    for path in paths:
        check((folder / path).is_file(), f"{call}: {path} is not there")
        check(hashlib.sha256((folder / path).read_bytes()).hexdigest() == files[path]["sha256"], f"{call}: {path} has other bytes")


def check_fetched(traffic, wanted, call):
    fetched = traffic.fetched(arguments.repo)
    check(set(fetched) == set(wanted), f"{call} fetches {fetched}, not {sorted(wanted)}")


def one_by_one(paths, call, **more):
    traffic = sdk.Traffic(arguments.hub)
    for path in paths:
        check_is(answer(f"{call} of {path}", client.file, path, **more), folder / path, f"{call} of {path}")
    check_fetched(traffic, [], call)


def offline(paths):
    traffic = sdk.Traffic(arguments.hub)
    call = "a snapshot without network"
    check_is(answer(call, client.snapshot, local_files_only=True), folder, call)
    one_by_one(paths, "a file without network", local_files_only=True)
    check_bytes(paths, "without network")
    asked = [line for line in traffic.requests() if not line.startswith("CONNECT ")]
    check(not asked, f"offline, the hub is asked for {asked}")


check(files and changed <= set(files), f"the repo has no {sorted(changed - set(files))}")
kept = [path for path in files if path not in changed]
offline(kept)
one_by_one(kept, "a file")
whole = sdk.Traffic(arguments.hub)
check_is(answer("a snapshot", client.snapshot), folder, "a snapshot")
check(whole.requests(), "a snapshot asks for nothing: this proves nothing")
check_fetched(whole, changed, "a snapshot")
check_bytes(files, "a snapshot")
one_by_one(files, "a file")
offline(files)
print(f"accepted by {client.version}")
