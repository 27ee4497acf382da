#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The smallest clone that shows every kind of step: DIR/clone with one regular file, one in a folder, and one large content under
# two names. Few files, so that a loop over every system call stays short.
set -euo pipefail

dir=$1
mkdir -p "$dir/home"
dir=$(cd "$dir" && pwd)
export HOME=$dir/home GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=author GIT_AUTHOR_EMAIL=author@example.invalid GIT_AUTHOR_DATE='2024-01-02T03:04:05Z'
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
git config --global init.defaultBranch main
git lfs install --skip-repo >/dev/null
git init -q "$dir/clone"
cd "$dir/clone"
git lfs track '*.bin' >/dev/null
mkdir sub
echo '{}' >config.json
echo text >sub/notes.txt
head -c 70000 /dev/zero | tr '\0' x >model.bin
cp model.bin sub/model.bin
git add -A
git commit -qm 'First version'
git remote add origin https://huggingface.co/org/small
rm -rf "$dir/home"
