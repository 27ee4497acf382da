#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a run of cache2clone may leave: no clone at all, or a whole one. For fault_loop.py, on a directory that holds `made`.

    clone_check.py PLACE             prints what is wrong; exit status 1 when something is
    clone_check.py --listing PLACE   a line for each file, link and directory

Of the index and the reflogs, which hold inodes and times, the listing tells only whether git takes them for sound.
"""

import hashlib
import os
import pathlib
import subprocess
import sys

support = pathlib.Path(__file__).resolve().parent.parent / "support"


def lines_of(place):
    for directory, names, files in os.walk(place):
        names.sort()
        for name in [*names, *files]:
            path = os.path.join(directory, name)
            shown = os.path.relpath(path, place)
            if os.path.islink(path):
                yield f"{shown} -> {os.readlink(path)}"
            elif os.path.isdir(path):
                yield f"{shown}/"
            elif shown == "made/.git/index" or shown.startswith("made/.git/logs/"):
                yield f"{shown} there"
            else:
                yield f"{shown} {oct(os.stat(path).st_mode & 0o777)} {hashlib.sha256(open(path, 'rb').read()).hexdigest()}"


def main():
    place = sys.argv[-1]
    if sys.argv[1] == "--listing":
        print("\n".join(sorted(lines_of(place))))
        return
    made = os.path.join(place, "made")
    if os.path.lexists(made):
        checked = subprocess.run([support / "clone_check.sh", made, "--quick"], capture_output=True, text=True)
        if checked.returncode != 0:
            print(checked.stdout or checked.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
