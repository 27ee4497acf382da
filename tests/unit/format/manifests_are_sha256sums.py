#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What sha256sum writes of files with odd names is read in each of its forms, and what is written back
`sha256sum -c` accepts, line by line as its own.

usage: manifests_are_sha256sums.py PATH/TO/manifest_answers
"""
import os
import subprocess
import sys
import tempfile

NAMES = [b"a", b"a b", b" a", b"a ", b"*a", b"#a", b"a\\b", b"a\\", b"\\a", b"a\nb", b"a\n", b"a\rb", b"a\tb", b"\xff", b"\xc3\xa4",
         b"d/a", b"d/a\nb", b"SHA256 (a) = b", b") = (", b"a) = " + b"0" * 64, b"0" * 64, b"-", b"--tag", b"a'\"", b"\x1b[0m", b"a" * 255]


def run(folder, *command, sent=b""):
    return subprocess.run(command, input=sent, stdout=subprocess.PIPE, check=True, cwd=folder,
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C"}).stdout


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="modelcache-test.") as folder:
        os.mkdir(os.path.join(folder, "d"))
        for number, name in enumerate(NAMES):
            with open(os.path.join(os.fsencode(folder), name), "wb") as file:
                file.write(b"%d" % number)
        arguments = [b"./-" if name == b"-" else name for name in sorted(NAMES)]
        expected = run(folder, "sha256sum", "--", *arguments)
        for options in [], ["--tag"], ["--binary"]:
            written = run(folder, program, sent=run(folder, "sha256sum", *options, "--", *arguments))
            if written != expected:
                sys.exit(f"sha256sum {options}:\n{written.decode('utf-8', 'replace')}\nis not\n{expected.decode('utf-8', 'replace')}")
        run(folder, "sha256sum", "--check", "--strict", "--quiet", sent=written)
        with open(os.path.join(folder, "a"), "wb") as file:
            file.write(b"changed")
        if subprocess.run(["sha256sum", "--check", "--status"], input=written, cwd=folder, check=False).returncode != 1:
            sys.exit("a changed file goes unnoticed: the check proves nothing")
    print(f"{len(NAMES)} names, all lines as sha256sum's")


if __name__ == "__main__":
    main()
