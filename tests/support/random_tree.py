#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a directory of random files, the same for each seed: empty ones and up to 3 MB, deep, spaces, letters in both Unicode forms, names
of 255 bytes, equal contents, executables.

    random_tree.py DIRECTORY SEED
"""

import os
import random
import sys

root, seed = sys.argv[1], int(sys.argv[2])
source = random.Random(seed)
letters = ["a", "Z", "9", " ", "-", ".", "_", "ü", "u\u0308", "模", "\u00e9", "e\u0301", "#", "%", "&", "'", "✓"]
def name():
    if source.random() < 0.08:
        return "n" * 255
    while True:
        text = "".join(source.choice(letters) for _ in range(source.randint(1, 12)))
        if text not in (".", "..") and not text.lower().startswith(".git"):
            return text + source.choice(["", ".json", ".safetensors", ".bin", ".txt"])
os.makedirs(root)
directories, contents = [root], [b"", b"same\n"]
for _ in range(source.randint(0, 8)):
    path = os.path.join(source.choice(directories), name())
    if len(os.path.relpath(path, root).encode()) < 2000 and not os.path.lexists(path):
        os.makedirs(path)
        directories.append(path)
if source.random() < 0.5:
    with open(f"{root}/.gitattributes", "w") as file:
        file.write("*.bin filter=lfs diff=lfs merge=lfs -text\n*.safetensors filter=lfs\n")
for number in range(source.randint(1, 20)):
    path = os.path.join(source.choice(directories), name())
    if os.path.lexists(path):
        continue
    size = source.choice([1, 7, 1023, 1024, 4096, 70000, 3_000_000 if number == 0 else 100])
    content = source.choice([*contents, source.randbytes(size)])
    contents.append(content)
    with open(path, "wb") as file:
        file.write(content)
    if source.random() < 0.15:
        os.chmod(path, 0o755)
with open(f"{root}/last.txt", "w") as file:
    file.write(str(seed))
