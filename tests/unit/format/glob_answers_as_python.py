#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Glob and PathFilter answer 30,000 random pairs as Python's fnmatchcase does.

usage: glob_answers_as_python.py PATH/TO/glob_answers [PAIRS [SEED]]
"""
import fnmatch
import os
import random
import subprocess
import sys
import warnings

ALPHABET = list("aab[]]!!--*?^\\/&|~.z\n") + ["\u00e4", "\u00e9", "\U0001f600", "\udcff", "["]
PATHS = list("aabz]-!^\\/&.[\n") + ["\u00e4", "\u00e9", "\U0001f600", "\udcff"]


def text(rng, letters, longest):
    return "".join(rng.choice(letters) for _ in range(rng.randrange(longest + 1)))


def pattern(rng):
    if rng.random() < 0.5:
        return text(rng, ALPHABET, 8)
    # Mostly one bracket, where the rules are.
    inner = text(rng, list("abz!-^[] .") + ["\u00e4"], 7)
    return text(rng, list("a*?"), 2) + "[" + inner + "]" + text(rng, list("a*?"), 2)


def as_filter(name):
    return name.replace("\\", "/")


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 30000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    warnings.simplefilter("ignore")
    pairs = [(pattern(rng), text(rng, PATHS, 5)) for _ in range(count)]
    sent = b"".join(os.fsencode(p) + b"\0" + os.fsencode(t) + b"\0" for p, t in pairs)
    answers = subprocess.run([program], input=sent, stdout=subprocess.PIPE, check=True).stdout.decode().split()
    if len(answers) != count:
        sys.exit(f"{len(answers)} answers to {count} pairs")
    wrong = positive = 0
    for (p, t), answer in zip(pairs, answers):
        directory = as_filter(p) + ("*" if as_filter(p).endswith("/") else "")
        expected = f"{fnmatch.fnmatchcase(t, p):d}{fnmatch.fnmatchcase(as_filter(t), directory):d}"
        positive += expected[0] == "1"
        if answer != expected:
            wrong += 1
            print(f"pattern {p!r} path {t!r}: {answer}, Python says {expected}")
    if positive < count / 50:
        sys.exit(f"only {positive} of {count} pairs match: the pairs prove too little")
    if wrong:
        sys.exit(f"{wrong} of {count} answers differ")
    print(f"{count} pairs, {positive} match, all answers as Python's")


if __name__ == "__main__":
    main()
