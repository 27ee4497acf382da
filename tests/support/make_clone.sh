#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes, without a network, DIR/origin.git (a bare repo with its LFS objects) and DIR/clone (cloned from it over file://):
# nested folders, spaces and letters beyond ASCII, empty files, an executable, three large files of which two names share one
# content, a branch, an annotated tag and refs/pr/1. Equal input gives equal commits.
#
# Usage: make_clone.sh DIR       MAKE_CLONE_LFS_KIB: size of a large file (default 300)
#                                MAKE_CLONE_ODD_NAMES: not empty: also names that a url must quote (the JavaScript client does not)
set -euo pipefail

dir=$1
lfs_kib=${MAKE_CLONE_LFS_KIB:-300}
mkdir -p "$dir/home"
dir=$(cd "$dir" && pwd)

# Nothing of the user's own configuration takes part, and none of it is changed.
export HOME=$dir/home GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
unset XDG_CONFIG_HOME GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_AUTHOR_NAME=author GIT_AUTHOR_EMAIL=author@example.invalid GIT_AUTHOR_DATE='2024-01-02T03:04:05Z'
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
git config --global init.defaultBranch main
git config --global protocol.file.allow always
git config --global advice.detachedHead false
git config --global lfs.locksverify false
git lfs install --skip-repo >/dev/null

# Bytes that do not compress and are the same each time.
large_file() { # NAME SEED
  python3 - "$1" "$2" "$lfs_kib" <<'PY'
import random, sys
name, seed, kib = sys.argv[1], sys.argv[2], int(sys.argv[3])
source = random.Random(seed)
with open(name, "wb") as out:
    for _ in range(kib):
        out.write(source.randbytes(1024))
PY
}

git init -q --bare "$dir/origin.git"
work=$dir/work
git init -q "$work"
cd "$work"
git remote add origin "file://$dir/origin.git"
git lfs track '*.safetensors' '*.bin' >/dev/null
mkdir -p 'nested/deeper dir' 'größe' onnx
cat >config.json <<'JSON'
{
  "architectures": ["BertModel"],
  "hidden_size": 8,
  "intermediate_size": 16,
  "model_type": "bert",
  "num_attention_heads": 2,
  "num_hidden_layers": 1,
  "vocab_size": 8
}
JSON
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' hello world '##s' >vocab.txt
cat >tokenizer_config.json <<'JSON'
{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 16}
JSON
python3 - >tokenizer.json <<'PY'
import json
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world", "##s"]
special = [{"id": i, "content": w, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
           for i, w in enumerate(words[:5])]
print(json.dumps({
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
    "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
    "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": None,
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
              "vocab": {w: i for i, w in enumerate(words)}},
}))
PY
printf '# Demo\n' >README.md
printf 'spaces\n' >'nested/a file with spaces.txt'
printf 'deep\n' >'nested/deeper dir/ünïcode ✓.txt'
printf '模型\n' >'größe/说明.md'
: >empty.txt
: >nested/__init__.py
printf '#!/bin/sh\necho run\n' >run.sh
chmod +x run.sh
large_file model.safetensors one
large_file 'onnx/weights of größe.bin' two
cp 'onnx/weights of größe.bin' onnx/same-content.bin
if [ -n "${MAKE_CLONE_ODD_NAMES:-}" ]; then
  printf 'quoted\n' >'nested/50% of #1 & 2+?.txt'
  printf 'quoted twice\n' >'nested/a%20b#c%2Fd.txt'
  large_file 'onnx/part #2 (100%).bin' four
fi
git add -A
git commit -qm 'First version'
git tag -a v1.0 -m 'Version 1'
git push -q origin HEAD:main v1.0 >/dev/null 2>&1

git checkout -q -b dev
printf 'only here\n' >dev-notes.txt
large_file extra.bin three
git add -A
git commit -qm 'Work in progress'
git push -q origin dev >/dev/null 2>&1

git checkout -q main
git checkout -q -b pr
printf '# Demo, improved\n' >README.md
git commit -qam 'Improve the README'
git push -q origin HEAD:refs/pr/1 >/dev/null 2>&1

git clone -q "file://$dir/origin.git" "$dir/clone"
cd "$dir/clone"
git fetch -q origin refs/pr/1:refs/pr/1
git lfs fetch --all origin >/dev/null 2>&1
# A clone over file:// shares its LFS objects with the server by hard links: apart, each can be damaged alone.
cp -r .git/lfs/objects .git/lfs/objects.own
rm -rf .git/lfs/objects
mv .git/lfs/objects.own .git/lfs/objects
git remote set-url origin https://huggingface.co/org/demo
rm -rf "$work" "$dir/home"
