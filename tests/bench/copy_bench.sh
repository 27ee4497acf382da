#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clone2cache of large files against cp + sync + openssl dgst of the same files, in one run; then a second run of it, and hard links.
#
# Usage: copy_bench.sh [DIR] [MIB_PER_FILE]     DIR is on the file system to measure; 8 files (default: 512 MiB each)
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/modelcache-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
mib=${2:-512}
bench=$top/tests/bench
convert=${MODELCACHE_BIN:-$top/build/release/bin}/clone2cache

# A clone is made by hand: pointers in git, contents in the LFS store, no second copy in a worktree.
export HOME=$dir GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q --bare "$dir/clone"
python3 - "$dir" "$mib" <<'PY' | GIT_DIR=$dir/clone git fast-import --quiet
import hashlib, os, sys
root, mib = sys.argv[1], int(sys.argv[2])
out = sys.stdout.buffer
pointers = []
for number in range(8):
    block = os.urandom(1 << 20)
    path = f"{root}/object"
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for index in range(mib):
            chunk = index.to_bytes(8, "big") + block[8:]
            digest.update(chunk)
            file.write(chunk)
    name = digest.hexdigest()
    folder = f"{root}/clone/lfs/objects/{name[:2]}/{name[2:4]}"
    os.makedirs(folder)
    os.rename(path, f"{folder}/{name}")
    pointers.append(f"version https://git-lfs.github.com/spec/v1\noid sha256:{name}\nsize {mib << 20}\n".encode())
out.write(b"commit refs/heads/main\ncommitter a <a@b> 0 +0000\ndata 1\nx\n")
for number, pointer in enumerate(pointers):
    out.write(b"M 100644 inline model-%d.bin\ndata %d\n%s\n" % (number, len(pointer), pointer))
PY
git -C "$dir/clone" symbolic-ref HEAD refs/heads/main
sync
objects="$dir/clone/lfs/objects"
arguments="'$dir/clone' --repo org/big --to 'hf:$dir/hub'"
echo "8 files of $mib MiB on $(stat -f -c %T "$dir"), page cache warm"
"$bench/compare.py" --runs 3 --before "rm -rf '$dir/copy' '$dir/hub' && sync" \
  "cp + sync + openssl=sh -c 'mkdir \"$dir/copy\" && find \"$objects\" -type f -exec cp --reflink=never -t \"$dir/copy\" {} + && sync \"$dir\"/copy/* && openssl dgst -sha256 \"$dir\"/copy/*'" \
  "clone2cache=$convert $arguments" "clone2cache --link copy=$convert $arguments --link copy" \
  "clone2cache --verify size=$convert $arguments --verify size" "clone2cache --link hardlink=$convert $arguments --link hardlink"
rm -rf "$dir/hub" "$dir/copy"
"$convert" "$dir/clone" --repo org/big --to "hf:$dir/hub" >/dev/null
echo
echo "again, with nothing to do"
"$bench/compare.py" --runs 11 "clone2cache=$convert $arguments"
