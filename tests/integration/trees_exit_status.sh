#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Conversions to and from the trees of AI Studio and ModelScope end with the documented status, name what was wrong and then leave nothing;
# what a dry run shows is what the real run does, and a second run tries no change.
. "$(dirname "$0")/lib.sh"
need strace

"$top/tests/fault/small_clone.sh" "$T/small"
clone=$T/small/clone
git -C "$clone" tag v1
expect_status 0 clone2cache "$clone" --to "aistudio:$T/first"
expect_status 0 clone2cache "$clone" --to "modelscope:$T/older-first" --modelscope-version 1.37
echo '{"new": true}' >"$clone/config.json"
head -c 70001 /dev/zero | tr '\0' y >"$clone/sub/model.bin"
git -C "$clone" commit -qam 'Second version'
expect_status 0 clone2cache "$clone" --to "hf:$T/hub"
expect_status 0 cache2dir org/small "$T/dir" --from "hf:$T/hub"
expect_status 0 clone2cache "$clone" --to "hf:$T/hub" --revision v1 --ref v1
git clone -q --depth 1 "file://$clone" "$T/shallow" 2>/dev/null
check=("$support/index_check.py")

# refused STATUS TEXT PROGRAM ARGUMENT...: with a target that was not there, and still is not
refused() {
  expect_status "$1" "${@:3}"
  expect_text "$T/err" "$2"
  [ ! -e "$T/to" ] || fail "'${*:3}' left something"
}

# 2: options that go with another layout, or make no sense.
refused 2 '--pointer-newline goes with --to aistudio' clone2cache "$clone" --to "modelscope:$T/to" --pointer-newline yes
refused 2 '--pointer-newline goes with --to aistudio' dir2cache "$T/dir" --to "hf:$T/to" --pointer-newline no
refused 2 '--modelscope-version goes with --to modelscope' clone2cache "$clone" --to "aistudio:$T/to" --modelscope-version 1.37
refused 2 '--modelscope-version goes with --to modelscope' cache2cache --from "hf:$T/hub" --to "hf:$T/to" --modelscope-version 1.40
refused 2 '--cache-layout goes with --to hf' cache2cache --from "hf:$T/hub" --to "aistudio:$T/to" --cache-layout files
refused 2 'one of auto, yes, no' clone2cache "$clone" --to "aistudio:$T/to" --pointer-newline maybe
for version in '' new 1 1.22 1.x -1.37; do
  refused 2 '' clone2cache "$clone" --to "modelscope:$T/to" "--modelscope-version=$version"
done

# 4: not there.
refused 4 '' cache2cache --from "aistudio:$T/none" --to "hf:$T/to"
refused 4 'has no model/org/none' cache2cache org/none --from "aistudio:$T/first" --to "hf:$T/to"
refused 4 '' cache2dir org/small@v9 "$T/to" --from "modelscope:$T/older-first"

# 6: names that have no folder of their own, or none at all.
refused 6 'would be that of org/a.b too' clone2cache "$clone" --repo org/a___b --to "aistudio:$T/to"
refused 6 'would be that of org/a.b too' clone2cache "$clone" --repo org/a___b --to "modelscope:$T/to" --modelscope-version 1.37
for layout in aistudio modelscope; do
  refused 6 'its repos have an owner' clone2cache "$clone" --repo small --to "$layout:$T/to"
  refused 6 'models' clone2cache "$clone" --repo kernels/org/small --to "$layout:$T/to"
done
refused 6 'it has models and datasets only' clone2cache "$clone" --repo spaces/org/small --to "aistudio:$T/to"
refused 6 'it has models and datasets only' clone2cache "$clone" --repo spaces/org/small --to "modelscope:$T/to" --modelscope-version 1.37

# 6: the older layout of ModelScope takes the history of each file, and would hide the newer one.
older=(--to "modelscope:$T/to" --modelscope-version 1.37)
refused 6 'the last commit that changed each file' clone2cache "$T/shallow" --repo org/small "${older[@]}"
refused 6 'the last commit that changed each file' cache2cache org/small@main --from "hf:$T/hub" "${older[@]}"
refused 6 'the last commit that changed each file' dir2cache "$T/dir" "${older[@]}"
refused 6 'the last commit that changed each file' cache2cache org/small@main --from "hf:$T/hub" "${older[@]}" --dry-run
expect_status 0 clone2cache "$clone" --to "modelscope:$T/newer"
listing "$T/newer" >"$T/before"
expect_status 6 clone2cache "$clone" --to "modelscope:$T/newer" --modelscope-version 1.37
expect_text "$T/err" 'would hide'
listing "$T/newer" | diff "$T/before" - || fail "the newer layout was changed"
# Where an older tree is, it is gone on with, unasked.
cp -a "$T/older-first" "$T/older"
expect_status 0 clone2cache "$clone" --to "modelscope:$T/older"
"${check[@]}" --history "$clone" >"$T/history"
expect_status 0 "${check[@]}" --commits "$T/history" "$T/older"
[ "$(ls "$T/older/models")" = org ] || fail "the newer layout appears beside the older one: $(ls "$T/older/models")"
cmp "$T/older/models/org/small/config.json" "$clone/config.json" || fail "the older tree is not the new revision"

# 6: a damaged source. damaged NAME TEXT COMMAND: after COMMAND in the repo's folder nothing of it comes, whatever asks.
damaged() {
  rm -rf "$T/damaged"
  cp -r "$T/first" "$T/damaged"
  (cd "$T/damaged/models/org/small" && bash -c "$3")
  refused 6 "$2" cache2dir org/small "$T/to" --from "aistudio:$T/damaged"
  expect_status 6 cache2cache --from "aistudio:$T/damaged" --to "hf:$T/cache" --json
  expect_text "$T/err" "$2"
  tail -n 1 "$T/out" | grep -q '"status":6' || fail "$1: the summary does not say 6"
  [ -z "$(find "$T/cache" -path '*/snapshots/*' -o -path '*/refs/*' -o -name '*.incomplete' 2>/dev/null)" ] || fail "$1: something came"
}
pickled() { echo "python3 -c \"import pickle; i = pickle.load(open('.msc', 'rb')); $1; pickle.dump(i, open('.msc', 'wb'))\""; }
damaged 'code' 'GLOBAL at offset 0' "printf 'cos\nsystem\n(S\"touch sentinel\"\ntR.' >.msc"
damaged 'code in the middle' 'STACK_GLOBAL at offset 29' \
  'printf 80049520000000000000008c086275696c74696e73948c04657865639493948c047061737394859452942e | xxd -r -p >.msc'
damaged 'a lie about a length' 'FRAME at offset 2' 'truncate -s -1 .msc'
damaged 'an empty index' '.msc' ': >.msc'
for path in ../outside /etc/hostname sub/../config.json sub//notes.txt ./config.json .msc .mv ''; do
  damaged "the path '$path'" "$path" "$(pickled "i[0]['Path'] = '$path'")"
done
damaged 'a path with NUL' 'NUL' "$(pickled "i[0]['Path'] = 'a' + chr(0)")"
damaged 'another content' 'config.json' "echo '{ }' >config.json"
damaged 'a cut content' 'model.bin' 'truncate -s 10 model.bin'
damaged 'a flipped bit' 'sub/model.bin' 'printf y | dd of=sub/model.bin bs=1 seek=50000 conv=notrunc status=none'
damaged 'a lost content' 'sub/notes.txt' 'rm sub/notes.txt'
# --partial goes on with the rest.
expect_status 0 cache2cache --from "aistudio:$T/damaged" --to "hf:$T/cache" --partial
expect_text "$T/err" 'left out: sub/notes.txt'
expect_status 0 cache2dir org/small "$T/to" --from "aistudio:$T/damaged" --partial
[ -e "$T/to/model.bin" ] && [ ! -e "$T/to/sub/notes.txt" ] || fail "--partial did not bring just the rest"
rm -r "$T/to"
# What is not in the index is named, and left out.
rm "$T/first/models/org/small/.gitattributes"
cp -r "$T/first" "$T/more"
echo stray >"$T/more/models/org/small/stray.txt"
expect_status 0 cache2dir org/small "$T/to" --from "aistudio:$T/more"
expect_text "$T/err" 'stray_entry: stray.txt'
[ ! -e "$T/to/stray.txt" ] || fail "a file came that the index does not have"
rm -r "$T/to"

# 6: a damaged target is not written over; its files stay.
printf 'cos\nsystem\n(S"true"\ntR.' >"$T/damaged/models/org/small/.msc"
listing "$T/damaged" >"$T/before"
expect_status 6 clone2cache "$clone" --to "aistudio:$T/damaged"
expect_text "$T/err" 'GLOBAL at offset 0'
listing "$T/damaged" | diff "$T/before" - || fail "the damaged target was changed"

# 3: no space for a file. 6: somebody else's.
(ulimit -f 50 && expect_status 3 clone2cache "$clone" --to "aistudio:$T/limited" --link copy)
expect_text "$T/err" 'File too large'
[ ! -e "$T/limited/models/org/small" ] || fail "a part of a repo is there"
if [ "$(id -u)" -eq 0 ]; then
  cp -a "$T/first" "$T/foreign"
  chown 12345 "$T/foreign"
  expect_status 6 clone2cache "$clone" --to "aistudio:$T/foreign"
fi

# Several revisions for a layout that keeps one: told before the first change, in a dry run too.
several=(cache2cache --from "hf:$T/hub" --to "aistudio:$T/to")
old=$(cat "$T/hub/models--org--small/refs/v1")
expect_status 0 "${several[@]}" --dry-run
expect_text "$T/err" "left out: $old (v1)"
[ ! -e "$T/to" ] || fail "a dry run wrote"
expect_status 0 strace -f -qq -s 200 -o "$T/trace" -e trace=write,mkdirat "${several[@]}" -j1
awk '/write\(2, ".*left out: '"$old"'/ { told = NR } /mkdirat\(/ && !made { made = NR } END { exit !(told && made && told < made) }' "$T/trace" ||
  fail "a revision that does not come is not named before the first change"
rm -r "$T/to"
# Neither has the name that clients ask for.
git -C "$clone" tag v2
expect_status 0 clone2cache "$clone" --to "hf:$T/tags" --revision v1 --ref v1
expect_status 0 clone2cache "$clone" --to "hf:$T/tags" --revision v2 --ref v2
refused 6 'the target keeps one revision of a repo' cache2cache --from "hf:$T/tags" --to "aistudio:$T/to"
refused 6 'the target keeps one revision of a repo' cache2cache --from "hf:$T/tags" --to "aistudio:$T/to" --dry-run

# A dry run shows the steps of the real one and writes nothing; a second run and one more dry run try no change.
mutating=openat,openat2,open,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,chmod
mutating+=,fchmod,fchmodat,truncate,ftruncate,fallocate,utimensat,copy_file_range,chown,fchown,fchownat
changes() { grep -vE 'resumed>|openat?2?\(.*O_RDONLY|openat2\(.*flags=O_RDONLY|ENOENT' "$1" | grep -E "$T/" || true; }
steps() { # FILE: the entry records, and what all comes to
  python3 - "$1" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    record = json.loads(line)
    record.pop("dry_run", None)
    print(record)
PY
}
# steps_are_told TREE-THAT-IS-THERE PROGRAM ARGUMENT...
steps_are_told() {
  rm -rf "$T/to"
  [ -z "$1" ] || cp -a "$T/$1" "$T/to"
  shift
  [ ! -e "$T/to" ] || listing "$T/to" >"$T/before"
  expect_status 0 strace -f -qq -y -o "$T/trace" -e "trace=$mutating" "$@" --json --dry-run
  [ -s "$T/trace" ] && [ -z "$(changes "$T/trace")" ] || fail "'$*': a dry run tries: $(changes "$T/trace")"
  [ ! -e "$T/to" ] || listing "$T/to" | diff "$T/before" - || fail "'$*': a dry run wrote"
  steps "$T/out" >"$T/planned"
  expect_status 0 strace -f -qq -y -o "$T/trace" -e "trace=$mutating" "$@" --json
  [ -n "$(changes "$T/trace")" ] || fail "'$*' is not seen to write: this proves nothing"
  steps "$T/out" >"$T/made"
  diff "$T/planned" "$T/made" || fail "'$*': a dry run shows other steps than the real run"
  listing "$T/to" >"$T/before"
  expect_status 0 strace -f -qq -y -o "$T/trace" -e "trace=$mutating" "$@" --json
  [ -s "$T/trace" ] && [ -z "$(changes "$T/trace")" ] || fail "'$*': the second run tries: $(changes "$T/trace")"
  listing "$T/to" | diff "$T/before" - || fail "'$*': the second run changed something"
}
for link in copy hardlink symlink; do
  steps_are_told '' clone2cache "$clone" --to "aistudio:$T/to" --link "$link"
done
# One content under two names comes once.
steps_are_told '' clone2cache "$clone" --to "aistudio:$T/to" --link copy --revision v1
steps_are_told first clone2cache "$clone" --to "aistudio:$T/to" --link copy
steps_are_told '' clone2cache "$clone" --to "modelscope:$T/to" --link copy --ref one --ref two
steps_are_told newer clone2cache "$clone" --to "modelscope:$T/to" --link copy --revision v1
steps_are_told '' clone2cache "$clone" --to "modelscope:$T/to" --link copy --modelscope-version 1.37
steps_are_told older-first clone2cache "$clone" --to "modelscope:$T/to" --link copy
steps_are_told '' dir2cache "$T/dir" --to "aistudio:$T/to" --link copy --pointer-newline yes
steps_are_told '' cache2cache org/small@main --from "hf:$T/hub" --to "aistudio:$T/to" --link copy
steps_are_told '' cache2cache --from "aistudio:$T/first" --to "modelscope:$T/to" --link copy
