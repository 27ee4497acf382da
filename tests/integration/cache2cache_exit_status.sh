#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cache2cache ends with the documented status, names what was wrong, stops for no single repo and loses nothing of source or target.
. "$(dirname "$0")/lib.sh"

make_clone
from=$T/from
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$from"
expect_status 0 clone2cache "$T/repo/clone" --to "hf:$from" --repo org/second
model=$(readlink -f "$from"/models--org--demo/snapshots/*/model.safetensors)
listing "$from" >"$T/before"

# 2: what makes no sense.
expect_status 2 cache2cache
expect_text "$T/err" '--from PLACE, --to PLACE or both'
expect_status 2 cache2cache --from "hf:$from" --to "hf:$T/to" --cache-layout round
expect_text "$T/err" '--cache-layout'
expect_status 2 cache2cache org/../x --from "hf:$from" --to "hf:$T/to"
expect_status 2 cache2cache --from "dir:$from" --to "hf:$T/to"
expect_status 2 cache2cache --from "hf:$from" --to "hf:$T/to" --move --link symlink
# The same cache, however it is named, and a target inside it.
ln -s from "$T/alias"
for target in "$from" "$T/alias" "$from/../from" "$from/models--org--demo" "$T/alias/below"; do
  expect_status 2 cache2cache --from "hf:$from" --to "hf:$target"
  expect_text "$T/err" 'is, or lies in, the source'
  expect_status 2 cache2cache --from "hf:$from" --to "hf:$target" --move
done
mkdir "$T/bound"
if [ "$(id -u)" -eq 0 ] && mount --bind "$from" "$T/bound" 2>"$T/mount"; then
  cp "$T/before" "$T/unbound"
  expect_status 2 cache2cache --from "hf:$from" --to "hf:$T/bound" --move || { umount "$T/bound"; exit 1; }
  umount "$T/bound"
  expect_text "$T/err" 'is, or lies in, the source'
else
  echo "bind mounts cannot be made here: $(cat "$T/mount")" >&2
fi
# A source that lies in the target's directory is no harm.
expect_status 0 cache2cache --from "hf:$from" --to "hf:$T"
[ -d "$T/models--org--demo" ] || fail "nothing was written"
rm -r "$T"/models--* "$T/.locks"

# 4: not there. Others that were named come all the same.
expect_status 4 cache2cache --from "hf:$T/none" --to "hf:$T/to"
expect_status 4 cache2cache org/none org/second --from "hf:$from" --to "hf:$T/to"
expect_text "$T/err" 'has no model/org/none'
[ -d "$T/to/models--org--second/snapshots" ] || fail "the repo that is there did not come"
expect_status 4 cache2cache org/demo@v9 --from "hf:$from" --to "hf:$T/to"
[ ! -e "$T/to/models--org--demo/snapshots" ] || fail "something of a revision that is not there came"

# 6: damage. The damaged repo shows nothing, others come; --partial goes on.
damage() { # NAME COMMAND...: to a copy of the source
  rm -rf "$T/damaged" "$T/to"
  cp -a "$from" "$T/damaged"
  (cd "$T/damaged/models--org--demo" && "${@:2}")
  expect_status 6 cache2cache --from "hf:$T/damaged" --to "hf:$T/to" --json
  tail -n 1 "$T/out" | grep -q '"status":6' || fail "$1: the summary does not say 6"
  [ -z "$(find "$T/to" -path '*/models--org--demo/snapshots/*' -o -path '*/models--org--demo/refs/*')" ] || fail "$1: a snapshot or ref appeared"
  [ -d "$T/to/models--org--second/snapshots" ] || fail "$1: the other repo did not come"
  [ -z "$(find "$T/to" -name '*.incomplete' -o -path '*/.modelcache/tmp*')" ] || fail "$1: a temporary stays"
}
blob=blobs/$(basename "$model")
damage "a content is lost" rm "$blob"
expect_text "$T/err" "$(basename "$model")"
# Done, and the broken link is a problem.
expect_status 1 cache2cache --from "hf:$T/damaged" --to "hf:$T/to" --partial
expect_text "$T/err" 'left out: model.safetensors'
[ -e "$T/to/models--org--demo/snapshots/$(basename "$(dirname "$(find "$T/damaged/models--org--demo" -name config.json)")")/config.json" ] ||
  fail "--partial did not bring the rest"
damage "a content is cut" truncate -s 1000 "$blob"
flip() { printf X | dd of="$1" bs=1 seek=70000 conv=notrunc status=none; }
damage "a bit is flipped" flip "$blob"
expect_text "$T/err" 'its content is sha256:'

# 1: a link that leads out is not followed; the content that its listing names is in the cache.
rm -rf "$T/damaged" "$T/to"
cp -a "$from" "$T/damaged"
echo secret >"$T/outside"
ln -sf "$T/outside" "$(find "$T/damaged/models--org--demo/snapshots" -name config.json)"
expect_status 1 cache2cache --from "hf:$T/damaged" --to "hf:$T/to"
expect_text "$T/err" link_escapes
! grep -rq secret "$T/to" || fail "a link that leads out was followed"
python3 "$support/tree_check.py" "$T/to" || fail "the target is not sound"

# 5: another program of ours is at the repo.
rm -rf "$T/to"
mkdir -p "$T/to/.locks/models--org--demo"
exec 9>"$T/to/.locks/models--org--demo/modelcache.lock"
flock 9
expect_status 5 cache2cache --from "hf:$from" --to "hf:$T/to" --wait 0
[ -d "$T/to/models--org--second/snapshots" ] || fail "the other repo did not come"
exec 9>&-

# 2 and 3: a target that cannot be made, and one that takes no more.
touch "$T/file"
expect_status 2 cache2cache --from "hf:$from" --to "hf:$T/file/below"
(ulimit -f 100 && expect_status 3 cache2cache --from "hf:$from" --to "hf:$T/small")
expect_text "$T/err" 'File too large'
[ -z "$(find "$T/small" -path '*/snapshots/*' -o -path '*/refs/*' -o -name '*.incomplete')" ] || fail "a run without space left something"
listing "$from" >"$T/after"
diff "$T/before" "$T/after" || fail "the source was changed"
