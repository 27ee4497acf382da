#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A hundred random trees go directory -> cache -> directory -> cache: the files come back byte by byte with their modes, and the second
# cache is the first one, to the links, refs and listings.
. "$(dirname "$0")/lib.sh"

make_tree() { # DIRECTORY SEED
  python3 - "$@" <<'PY'
import os, random, sys
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
PY
}
files() { (cd "$1" && find . -path ./.cache -prune -o -type f -printf '%p %m %s\n' | LC_ALL=C sort); }

use_memory
for seed in $(seq 100); do
  rm -rf "$memory"/*
  make_tree "$memory/one" "$seed"
  find "$memory/one" -type d -empty -delete
  expect_status 0 dir2cache "$memory/one" --repo org/tree --ref v1 --ref main --to "hf:$memory/hub"
  expect_status 0 cache2dir org/tree@v1 "$memory/two" --from "hf:$memory/hub" --quiet
  files "$memory/one" >"$T/wanted"
  files "$memory/two" | diff "$T/wanted" - || fail "seed $seed: other names, modes or sizes"
  diff -r --exclude=.cache "$memory/one" "$memory/two" || fail "seed $seed: other bytes"
  expect_status 0 dir2cache "$memory/two" --ref v1 --ref main --to "hf:$memory/back"
  expect_no_text "$T/err" large_decided
  diff -r --no-dereference --exclude=.locks "$memory/hub" "$memory/back" || fail "seed $seed: another cache"
done
"$support/tree_check.py" "$memory/back" || fail "the last one is not sound"
