#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What only looks like a pointer is published as the file it is; what git-lfs takes for a pointer needs its object; an object that is none
# is refused before anything is published, and never waited for.
. "$(dirname "$0")/lib.sh"

git init -q "$T/clone"
cd "$T/clone"
git remote add origin https://huggingface.co/org/odd
python3 - "$T" <<'PY'
import os, sys
oid = "oid sha256:" + "ab" * 32 + "\n"
version = "version https://git-lfs.github.com/spec/v1\n"
plain = version + oid + "size 12345\n"
files = {
    "1024-bytes": plain + " " * (1024 - len(plain) - 1) + "\n",
    "upper-case": plain.replace("ab", "AB"),
    "sha1": version + "oid sha1:" + "a" * 40 + "\nsize 1\n",
    "size-minus-one": version + oid + "size -1\n",
    "size-2-to-63": version + oid + f"size {2**63}\n",
    "unknown-key": version + oid + "size 1\nzzz 1\n",
    "other-order": version + "size 1\n" + oid,
    "oid-climbs": version + "oid sha256:../../../../etc/passwd\nsize 1\n",
    "large": plain + "x" * 5000,
}
for name, text in files.items():
    open(name, "w").write(text)
pointers = {
    "crlf": plain.replace("\n", "\r\n"),
    "no-final-newline": plain[:-1],
    "1023-bytes": plain + " " * (1023 - len(plain) - 1) + "\n",
    "extension": version + "ext-0-foo sha256:" + "cd" * 32 + "\n" + oid + "size 12345\n",
}
os.mkdir(sys.argv[1] + "/pointers")
for name, text in pointers.items():
    open(f"{sys.argv[1]}/pointers/{name}", "w").write(text)
PY
git add -A
git commit -qm 'Odd files'
expect_status 0 clone2cache "$T/clone" --to "hf:$T/hub"
repo=$T/hub/models--org--odd
snapshot=$repo/snapshots/$(cat "$repo/refs/main")
for file in *; do
  cmp "$file" "$snapshot/$file" || fail "$file is not published as it is"
  [ "$(basename "$(readlink "$snapshot/$file")")" = "$(git hash-object "$file")" ] || fail "$file is stored as $(readlink "$snapshot/$file")"
done
[ "$(ls "$snapshot" | wc -l)" -eq 9 ] || fail "files are missing: $(ls "$snapshot")"
for pointer in "$T/pointers"/*; do
  git checkout -q --orphan "$(basename "$pointer")"
  git rm -rqf .
  cp "$pointer" file.bin
  git add file.bin
  git commit -qm pointer
  rm -rf "$T/hub"
  expect_status 6 clone2cache "$T/clone" --to "hf:$T/hub"
  expect_text "$T/err" 'file.bin'
  [ ! -e "$T/hub" ] || fail "$(basename "$pointer"): something was written"
done
cd "$T"

"$top/tests/fault/small_clone.sh" "$T/small"
rm -f "$T/small/clone/"*.bin "$T/small/clone/sub/"*.bin
object=$(find "$T/small/clone/.git/lfs/objects" -type f)
cp "$object" "$T/object"
lie() { # WHAT TEXT COMMAND
  rm -rf "$object" "$T/hub"
  eval "$3"
  expect_status 6 timeout 10 clone2cache "$T/small/clone" --to "hf:$T/hub"
  expect_text "$T/err" "$2"
  grep -qE "model\.bin|$object" "$T/err" || fail "$1: no name: $(cat "$T/err")"
  [ -z "$(find "$T/hub" -path '*/snapshots/*' -o -path '*/refs/*' -o -name '*.incomplete' -o -path '*/trees/*' 2>/dev/null)" ] || fail "$1: something is published"
  [ ! -e "$T/hub/models--org--small/blobs/$(basename "$object")" ] || fail "$1: its content is published"
}
size=$(stat -c %s "$T/object")
lie 'a missing object' 'git lfs fetch' ':'
lie 'a truncated object' 'its LFS object has 100 bytes' 'head -c 100 "$T/object" >"$object"'
lie 'a longer object' "its LFS object has $((size + 1)) bytes" '{ cat "$T/object"; echo; } >"$object"'
lie 'another content' 'its content is sha256:' 'tr x y <"$T/object" >"$object"'
lie 'a link' 'is a symbolic link' 'ln -s "$T/object" "$object"'
lie 'a FIFO' 'is not a regular file' 'mkfifo "$object"'
lie 'a directory' 'is not a regular file' 'mkdir "$object"'
lie 'a socket' 'is not a regular file' 'python3 -c "import socket, sys, os; os.chdir(os.path.dirname(sys.argv[1])); socket.socket(socket.AF_UNIX).bind(os.path.basename(sys.argv[1]))" "$object"'
if [ "$(id -u)" -eq 0 ]; then
  lie 'a device' 'is not a regular file' 'mknod "$object" c 1 5'
  lie 'an object of somebody else' 'belongs to another user (uid 65533)' 'cp "$T/object" "$object" && chown 65533 "$object"'
fi
rm -rf "$object" "$T/hub"
cp "$T/object" "$object"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/hub"
