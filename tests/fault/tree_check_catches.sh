#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The independent checker finds each kind of damage; on the undamaged tree it finds none.
. "$(dirname "$0")/../integration/lib.sh"

"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/hub"
expect_status 0 "$support/tree_check.py" "$T/hub"
repo=models--org--small
commit=$(cat "$T/hub/$repo/refs/main")
blob=$(basename "$(readlink "$T/hub/$repo/snapshots/$commit/model.bin")")

damage() { # WHAT COMMAND, run in a copy of the repo's folder
  rm -rf "$T/copy"
  cp -a "$T/hub" "$T/copy"
  (cd "$T/copy/$repo" && eval "$2")
  "$support/tree_check.py" "$T/copy" >"$T/out" && fail "the checker does not see $1"
  return 0
}
damage 'a flipped byte' "chmod u+w blobs/$blob && printf y | dd of=blobs/$blob bs=1 conv=notrunc status=none"
damage 'a truncated content' "truncate -s 10 blobs/$blob"
damage 'an empty content' ": >blobs/$blob"
damage 'a missing content' "rm blobs/$blob"
damage 'a partial under a final name' "mv blobs/$blob blobs/$blob.part"
damage 'a link elsewhere' "ln -sfn /etc/hostname snapshots/$commit/model.bin"
damage 'an absolute link' "ln -sfn \$PWD/blobs/$blob snapshots/$commit/model.bin"
damage 'a ref with a newline' "echo $commit >refs/main"
damage 'an empty ref' ": >refs/main"
damage 'a leftover in refs' ": >refs/main.0123abcd.tmp"
damage 'a ref to nothing' "printf %040d 1 >refs/main"
damage 'a file among the revisions' ": >snapshots/file"
damage 'staging that stays' "mkdir -p .modelcache/tmp"
damage 'a commit object of another commit' "echo x >>.modelcache/commits/$commit"
damage 'a stray file of ours' "touch .modelcache/stray"
damage 'a stray file at the root' ": >../stray"
damage 'a listing cut short' "truncate -s -20 trees/$commit.json"
damage 'a listing that lacks a file' "python3 -c \"import json; p='trees/$commit.json'; v=json.load(open(p)); v['files'].popitem(); json.dump(v, open(p, 'w'))\""
damage 'another content of the same size' "cp --remove-destination blobs/$blob x && tr x z <x >blobs/$blob; rm x"
