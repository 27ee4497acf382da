#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A hundred random trees go from a clone into a cache, from there into clones, and back into a cache: equal commits and trees, and byte by
# byte the same cache. Empty files and up to 3 MB, deep, names in both normal forms of Unicode, with spaces and of 255 bytes, equal contents,
# executables and links.
. "$(dirname "$0")/lib.sh"

trees=100
git init -q "$T/clone"
python3 - "$T/clone" "$trees" <<'PY' | git -C "$T/clone" fast-import --quiet
import hashlib, os, random, sys, unicodedata
clone, count = sys.argv[1], int(sys.argv[2])
source = random.Random(20261129)
out = sys.stdout.buffer
def word():
    kind = source.randrange(8)
    if kind == 0: return unicodedata.normalize("NFD", "größe é " + str(source.randrange(99)))
    if kind == 1: return unicodedata.normalize("NFC", "größe é " + str(source.randrange(99)))
    if kind == 2: return "x" * 250 + "%05d" % source.randrange(99999)
    if kind == 3: return source.choice(["-dash", "#hash", "!not", "a\tb", "a\"b", "a\\b", "a*b?[c]", "模型", "end ", " start", "a\nb", "%41", "con"])
    return "".join(source.choices("abcXYZ._-0", k=source.randrange(1, 12))).strip(".") or "n"
def data():
    size = source.choice([0, 0, 1, 7, 1023, 1024, 1025, 65535, 65536, source.randrange(200_000), source.randrange(3_000_000) if source.random() < .1 else 99])
    return source.randbytes(size)
pool = [data() for _ in range(60)]
def entry(content):
    if source.random() < .3 and content:
        name = hashlib.sha256(content).hexdigest()
        folder = f"{clone}/.git/lfs/objects/{name[:2]}/{name[2:4]}"
        os.makedirs(folder, exist_ok=True)
        open(f"{folder}/{name}", "wb").write(content)
        content = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (name.encode(), len(content))
    return source.choice(["100644", "100644", "100755"]), content
def quoted(path):
    return ('"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"').encode()
for number in range(count):
    files, folders = {}, set()
    for _ in range(source.randrange(1, 30)):
        parts = [word() for _ in range(source.choice([1, 1, 1, 2, 3, 12]))]
        path = "/".join(parts)
        above = {"/".join(parts[:i]) for i in range(1, len(parts))}
        if path in files or path in folders or above & files.keys() or len(path.encode()) > 3000: continue
        folders |= above
        files[path] = entry(source.choice(pool) if source.random() < .7 else data())
        if source.random() < .05: files[path] = ("120000", b"target" if source.random() < .5 else "größe".encode())
    if number % 2: files[".gitattributes"] = ("100644", b"*.bin filter=lfs diff=lfs merge=lfs -text\n")
    out.write(b"commit refs/heads/tree-%d\ncommitter a <a@b> %d +0000\ndata 1\nx\n" % (number, number))
    if number % 3 == 2: out.write(b"from refs/heads/tree-%d\ndeleteall\n" % (number - 1))
    for path, (mode, content) in files.items():
        out.write(b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), quoted(path), len(content), content))
PY
[ "$(git -C "$T/clone" for-each-ref refs/heads | wc -l)" -eq "$trees" ] || fail "there are not $trees trees"
revisions=()
for number in $(seq 0 $((trees - 1))); do revisions+=(--revision "tree-$number"); done
git -C "$T/clone" symbolic-ref HEAD refs/heads/tree-0
expect_status 0 clone2cache "$T/clone" --to "hf:$T/hub" --repo org/random "${revisions[@]}"
# The other name of the branch that this clone is on.
rm "$T/hub/models--org--random/refs/main"

for number in $(seq 0 $((trees - 1))); do
  rm -rf "$T/made"
  files=(files pointers none)
  expect_status 0 cache2clone "org/random@tree-$number" "$T/made" --from "hf:$T/hub" --worktree "${files[$((number % 3))]}"
  [ "$(git -C "$T/made" rev-parse HEAD 'HEAD^{tree}')" = "$(git -C "$T/clone" rev-parse "tree-$number" "tree-$number^{tree}")" ] || fail "tree-$number: other ids"
  case $((number % 3)) in
    2) "$support/clone_check.sh" "$T/made" --no-worktree ;;
    *) "$support/clone_check.sh" "$T/made" ;;
  esac || fail "tree-$number is not sound"
  expect_status 0 clone2cache "$T/made" --to "hf:$T/back" --repo org/random --revision "$(git -C "$T/made" rev-parse HEAD)" --ref "tree-$number"
done
bytes() { (cd "$1/models--org--random" && find . ! -type d -printf '%p %y %l\n' | sort && find . -type f ! -name '*.lock' -print0 | sort -z | xargs -0 sha256sum); }
bytes "$T/hub" >"$T/before"
bytes "$T/back" >"$T/after"
diff "$T/before" "$T/after" >"$T/out" || fail "the cache is another one after there and back: $(head "$T/out")"
[ "$(wc -l <"$T/before")" -gt 1000 ] || fail "the cache has only $(wc -l <"$T/before") files: this proves nothing"
