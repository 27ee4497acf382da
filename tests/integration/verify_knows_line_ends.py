#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a clone with rules for line ends and random work files, and compares verify-sha's word on each with git's.

usage: verify_knows_line_ends.py DIRECTORY [SEED]
"""
import json
import os
import random
import subprocess
import sys

RULES = ["text", "text=auto", "eol=crlf", "eol=lf", "-text", "binary", "text=auto eol=crlf", "crlf", ""]


def git(folder, *words):
    return subprocess.run(["git", *words], cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def committed(rng):
    ends = rng.choice([[b"\n"], [b"\n"], [b"\n", b"\r\n"], [b"\r\n"]])
    words = [b"a", b"text", b"\xc3\xa4", b"\t", b"\x01", b"\0", b"\r", b"\x1a"]
    weights = [9, 9, 9, 9] + [rng.choice([0, 0, 0, 1]) for _ in words[4:]]
    return b"".join(rng.choices(words, weights)[0] * rng.randrange(1, 30) + rng.choice(ends) for _ in range(rng.randrange(1, 40)))


def changed(rng, content):
    unix = content.replace(b"\r\n", b"\n")
    dos = unix.replace(b"\n", b"\r\n")
    half = b"".join(part + rng.choice([b"\n", b"\r\n"]) for part in unix.split(b"\n"))[:-1]
    other = dos.replace(b"\r\n", b"x\r\n", 1)
    return rng.choice([content, unix, dos, dos, dos, half, other, dos + b"\r", dos + b"\n"])


def main():
    folder = os.path.join(sys.argv[1], "clone")
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    files = {f"{number}.txt": committed(rng) for number in range(400)}
    # As who has no rules commits them; the rules come later.
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    git(folder, "add", ".")
    with open(os.path.join(folder, ".gitattributes"), "w") as file:
        file.writelines(f"{name} {rng.choice(RULES)}\n" for name in files)
    git(folder, "add", ".gitattributes")
    git(folder, "commit", "-qm", "Files")
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(changed(rng, content))
        os.utime(os.path.join(folder, name), (1, 1))
    work = {name: open(os.path.join(folder, name), "rb").read() for name in files}
    # Files with CR LF in a commit are to be normalized, says git of untouched ones; they are no damage.
    modified = {name for name in git(folder, "-c", "core.safecrlf=false", "diff", "--name-only").split() if work[name] != files[name]}
    out = subprocess.run(["verify-sha", "clone:" + folder, "--json"], stdout=subprocess.PIPE, text=True).stdout
    told = {one["path"]: one["status"] for one in map(json.loads, out.splitlines()) if one.get("record", one.get("type")) == "file"}
    wrong = [name for name in files if told[name] != ("unmatched" if name in modified else "matched")]
    for name in wrong:
        print(f"{name}: {told[name]}, git: {'modified' if name in modified else 'clean'}; {files[name]!r}")
    mended = [name for name in files if name not in modified and work[name] != files[name]]
    if len(mended) < 30 or len(modified) < 100:
        sys.exit(f"{len(mended)} of other bytes are clean, {len(modified)} are modified: this proves too little")
    print(f"{len(files)} files, {len(modified)} modified, {len(mended)} clean by their rule")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
