#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GitAttributes answers random .gitattributes files and paths as `git check-attr` does.

usage: attributes_are_gits.py PATH/TO/git_attributes_answers [WORLDS [SEED]]
"""
import os
import random
import subprocess
import sys
import tempfile

LINES, PATHS, DIRECTORIES = 6, 60, ["", "a", "a/b", "b"]
LETTERS = list("aaabb-.^!]\\ \"#") + ["\u00e4", "\udcff", "\x01", "[", ":"]
ATTRIBUTES = ["filter", "text", "eol", "crlf"]
CLASSES = ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "foo", ""]
VALUES = ["filter=lfs"] * 6 + ["-filter", "!filter", "filter", "filter=other", "filter=", "-text", "diff=lfs", "m", "n", "-m",
          "!n", "m=lfs", "binary", "text", "!text", "text=auto", "text=input", "eol=crlf", "eol=lf", "eol", "crlf", "-crlf", "text=x", "-filter=lfs", "=x", "--filter", "fil\u00e4ter", "filter=lfs=x", "filter=LFS"]


def text(rng, letters, longest):
    return "".join(rng.choice(letters) for _ in range(rng.randrange(longest + 1)))


def bracket(rng):
    inner = ""
    for _ in range(rng.randrange(1, 4)):
        kind = rng.random()
        if kind < 0.25:
            inner += f"[:{rng.choice(CLASSES)}:]"
        elif kind < 0.5:
            inner += f"{rng.choice('aAb0.-')}-{rng.choice('bczZ9]')}"
        else:
            inner += text(rng, list("ab!^]-[:\\/."), 3)
    return "[" + rng.choice(["", "", "!", "^"]) + inner + rng.choice(["]", "]", "]", ""])


def pattern(rng):
    parts = []
    for _ in range(rng.randrange(1, 6)):
        parts.append(rng.choice(["*", "*", "**", "**/", "/**", "/**/", "?", "/", "/", "a", "b", "a", ".b", "\\a", "\\*", "\\/", "\\",
                                 "***", "ab", bracket(rng)]))
    if rng.random() < 0.1:
        parts.append(text(rng, LETTERS, 3))
    return rng.choice(["", "", "", "/", "!"]) + "".join(parts)


def quoted(rng, name):
    out = '"'
    for byte in os.fsencode(name):
        c = bytes([byte])
        if c in b'"\\':
            out += "\\" + c.decode()
        elif byte < 0x20 or byte > 0x7e or rng.random() < 0.1:
            out += f"\\{byte:03o}"
        else:
            out += c.decode()
    return out + rng.choice(['"', '"', '"', '" ', "", "x", "\\q"])


def line(rng):
    kind = rng.random()
    values = " ".join(rng.choice(VALUES) for _ in range(rng.randrange(1, 4)))
    if kind < 0.1:
        return f"[attr]{rng.choice(['', ' '])}{rng.choice(['m', 'n', 'binary', 'filter', 'f@'])} {values}"
    if kind < 0.13:
        return "# *" + values
    name = pattern(rng)
    if kind < 0.25:
        name = quoted(rng, name)
    padding = "x" * rng.choice([2020, 2047 - len(os.fsencode(name + values)) - 3, 2048]) if kind > 0.98 else ""
    return rng.choice(["", "", " ", "\t"]) + name + rng.choice([" ", " ", "\t", "  "]) + values + (" x" + padding[1:] if padding else "")


def world(rng):
    files = {}
    for directory in DIRECTORIES:
        if directory == "" or rng.random() < 0.3:
            end = rng.choice(["\n", "\n", "\r\n"])
            lines = end.join(line(rng) for _ in range(rng.randrange(1, LINES)))
            files[directory] = rng.choice(["", "", "", "\ufeff"]) + lines + rng.choice([end, ""])
    names = ["a", "b", "ab", "a.b", ".b", "aab", "*", "A", "0", "-", "]", "\\", "a b", "\u00e4", "\udcff", "\x01", "\x0b", "\t", "[", "!", "^"]
    paths = {"/".join(rng.choice(names[:5] if rng.random() < 0.7 else names) for _ in range(rng.randrange(1, 5))) for _ in range(PATHS)}
    return files, sorted(paths)


def git_answers(folder, files, paths):
    for directory, content in files.items():
        os.makedirs(os.path.join(folder, directory), exist_ok=True)
        with open(os.path.join(folder, directory, ".gitattributes"), "wb") as file:
            file.write(os.fsencode(content))
    environment = {"PATH": os.environ["PATH"], "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}
    sent = b"".join(os.fsencode(path) + b"\0" for path in paths)
    out = subprocess.run(["git", "check-attr", "-z", "--stdin", *ATTRIBUTES], input=sent, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=True, cwd=folder, env=environment).stdout
    for directory in files:
        os.remove(os.path.join(folder, directory, ".gitattributes"))
    values = [value.decode() for value in out.split(b"\0")[2::3]]
    return list(zip(*[iter(values)] * len(ATTRIBUTES)))


def line_ends(text, eol, crlf):
    """What git's convert.c makes of the three."""
    said = {"set": "converted", "input": "converted", "unset": "kept", "auto": "automatic"}
    return said.get(text) or said.get(crlf) or ("converted" if eol in ("lf", "crlf") else "kept")


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    sent, questions, expected = b"", [], []
    with tempfile.TemporaryDirectory(prefix="modelcache-test.") as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        for _ in range(count):
            files, paths = world(rng)
            expected += git_answers(folder, files, paths)
            questions += [(files, path) for path in paths]
            for directory, content in files.items():
                sent += b"D" + os.fsencode(directory) + b"\0T" + os.fsencode(content) + b"\0"
            sent += b"".join(b"P" + os.fsencode(path) + b"\0" for path in paths) + b"\0"
    answers = subprocess.run([program], input=sent, stdout=subprocess.PIPE, check=True).stdout.decode().split()
    if len(answers) != len(expected) or len(questions) != len(expected):
        sys.exit(f"{len(answers)} answers to {len(questions)} questions, git gave {len(expected)}")
    wrong = 0
    for (files, path), answer, git in zip(questions, answers, expected):
        # "!filter" and no line at all are one answer of git's.
        given, *ends = git
        allowed = ["none", "other"] if given == "unspecified" else ["lfs" if given == "lfs" else "other"]
        if answer not in [f"{one}/{line_ends(*ends)}" for one in allowed]:
            wrong += 1
            if wrong <= 20:
                print(f"{files!r} path {path!r}: {answer}, git says {git}")
    positive = sum(git[0] == "lfs" for git in expected)
    kinds = [sum(line_ends(*git[1:]) == kind for git in expected) for kind in ("kept", "converted", "automatic")]
    if min(kinds) < len(expected) / 200:
        sys.exit(f"the paths prove too little of line ends: {kinds}")
    if positive < len(expected) / 50:
        sys.exit(f"only {positive} of {len(expected)} paths are large: the paths prove too little")
    if wrong:
        sys.exit(f"{wrong} of {len(expected)} answers differ")
    print(f"{len(expected)} paths, {positive} are large, all answers as git's")


if __name__ == "__main__":
    main()
