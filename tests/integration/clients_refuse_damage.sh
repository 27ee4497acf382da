#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The acceptance by the real clients can fail: a cache that a client wrote itself is not accepted once it is damaged in any of these ways.
#
#   clients_refuse_damage.sh [CLIENT...]     hf2, hf0, js, transformers; default: all
. "$(dirname "$0")/lib.sh"

asked=" ${*:-hf2 hf0 js transformers} "
make_clone
python3 "$support/expected_listing.py" "$T/repo/origin.git" main dev v1.0 refs/pr/1 >"$T/expected.json"
start_hub --repo "model:org/demo=$T/repo/origin.git" --page 7
repo=models--org--demo
HF_ENDPOINT=$hub HF_HUB_DISABLE_PROGRESS_BARS=1 "$clients/hf2/bin/python" "$top/tests/clients/fill_cache.py" "$T/hub" org/demo
rm "$T/hub/CACHEDIR.TAG"

commit=$(cat "$T/hub/$repo/refs/main")
large=$(basename "$(readlink "$T/hub/$repo/snapshots/$commit/model.safetensors")")
small=$(basename "$(readlink "$T/hub/$repo/snapshots/$commit/config.json")")
pointer=$(git -C "$T/repo/origin.git" rev-parse "$commit:model.safetensors")
edit_listing() { # PYTHON: changes the listing's files
  python3 - "trees/$commit.json" "$1" <<'PY'
import json, sys
listing = json.load(open(sys.argv[1]))
exec(sys.argv[2], {"files": listing["files"]})
json.dump(listing, open(sys.argv[1], "w"))
PY
}

declare -A refused
damage() { # CLIENTS WHAT COMMAND [PHASE]: the command runs in a copy of the repo's folder
  local client
  for client in $1; do
    [[ $asked == *" $client "* ]] || continue
    rm -rf "$T/copy"
    cp -a "$T/hub" "$T/copy"
    (cd "$T/copy/$repo" && eval "$3") || fail "cannot make $2"
    ! accepts "$client" "$T/copy" org/demo "${@:4}" || fail "$client accepts $2${4:+ ($4)}"
    # A program that only crashed has refused nothing.
    grep -qE 'not accepted by|Error' "$T/err" || fail "$client says nothing of $2: $(cat "$T/err")"
    ! grep -qE 'SyntaxError|ImportError|ModuleNotFoundError|NameError|ReferenceError|TypeError' "$T/err" || fail "$client: $(cat "$T/err")"
    refused[$client]=$((${refused[$client]:-0} + 1))
  done
}
hf='hf2 hf0'
damage "$hf js" 'a ref with a newline' 'printf "%s\n" "$commit" >refs/main'
damage "$hf js" 'an empty ref' ': >refs/dev'
damage "$hf js" 'a ref to nothing' 'printf %040d 1 >refs/main'
damage "$hf js" 'a ref that is not there' 'rm refs/v1.0'
damage "$hf" 'a nested ref that is not there' 'rm refs/refs/pr/1'
damage "$hf js" 'a ref to another revision' 'cp refs/main refs/dev'
damage "$hf js" 'a ref too many' 'cp refs/main refs/other'
damage "$hf js" 'a leftover in refs' ': >refs/main.0123abcd.tmp'
damage "$hf js" 'a large content that is not there' 'rm "blobs/$large"'
damage "$hf js transformers" 'a small content that is not there' 'rm "blobs/$small"'
damage "$hf js" 'a content cut short' 'truncate -s -1 "blobs/$large"'
damage "$hf js" 'an empty content' ': >"blobs/$large"'
damage "$hf js" 'a flipped byte' 'printf "\0" | dd of="blobs/$large" bs=1 seek=1000 conv=notrunc status=none'
damage "$hf js transformers" 'a flipped byte in a small content' 'printf "x" | dd of="blobs/$small" bs=1 conv=notrunc status=none'
damage "$hf js" 'the text of a pointer as content' 'git -C "$T/repo/origin.git" cat-file blob "$pointer" >"blobs/$large"'
damage "$hf" 'a large content named as the pointer is' \
  'mv "blobs/$large" "blobs/$pointer"; find snapshots -lname "*$large" -exec ln -sfn "../../blobs/$pointer" {} \;'
damage "$hf" 'a small content named by its sha256' \
  'name=$(sha256sum <"blobs/$small" | cut -d " " -f 1); mv "blobs/$small" "blobs/$name"; find snapshots -lname "*$small" -exec ln -sfn "../../blobs/$name" {} \;'
damage "$hf" 'an absolute link' 'ln -sfn "$PWD/blobs/$large" "snapshots/$commit/model.safetensors"'
damage "$hf js" 'a link to nothing' 'ln -sfn ../../blobs/none "snapshots/$commit/config.json"'
damage "$hf js" 'a link to another content' 'ln -sfn "../../blobs/$large" "snapshots/$commit/config.json"'
damage "$hf js" 'a link to elsewhere' 'ln -sfn /etc/hostname "snapshots/$commit/config.json"'
damage "$hf js transformers" 'a file that is not there' 'rm "snapshots/$commit/config.json"'
damage "$hf js" 'a nested file that is not there' 'rm "snapshots/$commit/onnx/same-content.bin"'
damage "$hf js" 'a file too many' 'ln -s "../../blobs/$small" "snapshots/$commit/other.json"'
damage "$hf js" 'a file among the revisions' ': >snapshots/file'
damage "$hf js" 'a revision that is not there' 'rm -r "snapshots/$commit"'
damage "$hf js" 'a revision too many' 'cp -a "snapshots/$commit" "snapshots/$(printf %040d 1)"'
damage "$hf js transformers" 'no snapshots' 'rm -r snapshots'
damage "$hf" 'a stray file at the root' ': >../stray'
damage "$hf js" 'a folder of our own at the root' 'mkdir ../.modelcache'
damage "$hf js transformers" 'a repo under another name' 'mv "$PWD" ../models--org--other'
damage hf2 'a listing cut short' 'truncate -s -20 "trees/$commit.json"'
damage hf2 'a listing that lacks a file' 'edit_listing "files.pop(\"config.json\")"'
damage hf2 'a listing with a file too many' 'edit_listing "files[\"other.json\"] = files[\"config.json\"]"'
damage hf2 'a listing with the size of a pointer' 'edit_listing "files[\"model.safetensors\"][\"size\"] = 131"'
damage hf2 'a listing without the sha256 of a large file' 'edit_listing "files[\"model.safetensors\"].pop(\"lfs_sha256\")"'
damage hf2 'a listing of another version' "sed -i 's/\"format_version\": 1/\"format_version\": 2/' trees/*.json"
damage hf2 'a listing that nobody can read' 'rm trees/*.json; mkdir "trees/$commit.json"'

# Each way to ask finds something by itself, not only the scan before it.
damage "$hf" 'a content that is not there' 'rm "blobs/$large"' offline
damage "$hf" 'a flipped byte' 'printf "\0" | dd of="blobs/$large" bs=1 seek=1000 conv=notrunc status=none' offline
damage "$hf" 'a ref with a newline' 'printf "%s\n" "$commit" >refs/main' offline
damage hf2 'a listing with a file too many' 'edit_listing "files[\"other.json\"] = files[\"config.json\"]"' offline
damage "$hf" 'a content that is not there' 'rm "blobs/$large"' online
damage "$hf" 'a link that is not there, and its content' 'rm "blobs/$small" "snapshots/$commit/config.json"' online
damage hf2 'a listing that is not there for one revision' 'printf "{}" >"trees/$commit.json"' online
damage hf2 'a listing cut short' 'truncate -s -20 "trees/$commit.json"' online
misname='mv "blobs/$large" "blobs/$pointer"; find snapshots -lname "*$large" -exec ln -sfn "../../blobs/$pointer" {} \;'
damage "$hf" 'a large content named as the pointer is' "$misname" relinking
damage hf2 'a listing that lacks a file' 'edit_listing "files.pop(\"config.json\")"' relinking
damage hf2 'a flipped byte' 'printf "x" | dd of="blobs/$small" bs=1 conv=notrunc status=none' command_line
damage hf2 'a file too many' 'ln -s "../../blobs/$small" "snapshots/$commit/other.json"' command_line
damage hf2 'a file that is not there' 'rm "snapshots/$commit/config.json"' command_line
damage hf2 'a stray file at the root' ': >../stray' command_line

for client in $asked; do
  [ "${refused[$client]:-0}" -ge 4 ] || fail "$client was asked too little"
  echo "$client refuses ${refused[$client]} kinds of damage"
done
