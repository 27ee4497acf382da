#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever is damaged in a cache, clone or directory, verify-sha --repair-from makes it what it was, from a place of any layout, with new
# inodes; --quarantine keeps the bad contents.
#
# Usage: verify_mends_damage.sh [SEEDS [FIRST]]     how many damages are planted for each pair of layouts (default: 6)
. "$(dirname "$0")/lib.sh"

use_memory
MAKE_CLONE_LFS_KIB=20 make_clone
cp -a "$T/repo/clone" "$memory/clone"
git -C "$memory/clone" checkout -q main
clone2cache "$memory/clone" --to "hf:$memory/hub" >/dev/null 2>&1
cache2dir org/demo "$memory/dir" --from "hf:$memory/hub" >/dev/null 2>&1
cache2dir org/demo "$memory/bare" --from "hf:$memory/hub" --no-metadata >/dev/null 2>&1
clone2cache "$memory/clone" --to "aistudio:$memory/aistudio" >/dev/null 2>&1
# No name there tells a content.
(cd "$memory/bare" && find . -type f -exec sh -c 'mv "$1" "renamed-$(echo "$1" | md5sum | cut -c1-8)"' - {} \;)
first=${2:-0}
for pair in hub=clone: hub=dir: hub=bare: dir=hf: dir=aistudio: aistudio=hf: aistudio=bare: clone=hf: clone=clone: clone=bare:; do
  layout=${pair%%=*} word=${pair#*=}
  case $word in
    bare:) source=dir:$memory/bare ;;
    hf:) source=hf:$memory/hub ;;
    clone:)
      [ -d "$memory/twin" ] || cp -a "$memory/clone" "$memory/twin"
      source=clone:$memory/twin
      ;;
    *) source=$word$memory/${word%:} ;;
  esac
  "$support/mend_damage.py" "$layout" "$memory/$layout" "$source" --seeds "${1:-6}" --first "$first" || fail "$layout from $source"
  first=$((first + 10))
done
