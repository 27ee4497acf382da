#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# In a plain directory files are 0666 and directories 0777 less the umask; in one with setgid its group and the bit are kept besides; with
# a default ACL that decides instead of the umask. What one member of a group writes under 002, another can add to.
. "$(dirname "$0")/lib.sh"
need setfacl

use_memory
make_clone
modes() { find "$1" -path '*/.locks' -prune -o -type "$2" -printf '%m\n' | sort -u | tr '\n' ' '; }
for mask in 000 002 022 077; do
  file=$(printf '%o' $((0666 & ~0$mask)))
  directory=$(printf '%o' $((0777 & ~0$mask)))
  for kind in plain setgid acl; do
    cache=$memory/$kind-$mask
    mkdir "$cache"
    chmod 0777 "$cache"
    case $kind in
      plain) (umask "$mask" && rmdir "$cache" && clone2cache "$T/repo/clone" --to "hf:$cache" >/dev/null 2>&1) || fail "umask $mask" ;;
      setgid)
        chgrp 1234 "$cache" 2>/dev/null || chgrp "$(id -g)" "$cache"
        chmod "2$directory" "$cache"
        ;;
      acl) setfacl -d -m u::rwx,g::r-x,o::--- "$cache" || fail "this file system has no ACLs: run with TMPDIR on one that has" ;;
    esac
    (umask "$mask" && clone2cache "$T/repo/clone" --to "hf:$cache" --all-refs >/dev/null 2>&1) || fail "umask $mask, $kind"
    case $kind in
      plain) files=$file directories=$directory ;;
      setgid) files=$file directories=2$directory ;;
      acl) files=640 directories=750 ;;
    esac
    [ "$(modes "$cache/models--org--demo" f)" = "$files " ] || fail "umask $mask, $kind: files are $(modes "$cache/models--org--demo" f)"
    [ "$(modes "$cache/models--org--demo" d)" = "$directories " ] || fail "umask $mask, $kind: directories are $(modes "$cache/models--org--demo" d)"
    [ "$kind" != setgid ] || [ -z "$(find "$cache" ! -group "$(stat -c %g "$cache")")" ] || fail "umask $mask: the group is not kept"
    # Clients of other users open lock files to write.
    locks=$(find "$cache/.locks" -name '*.lock' -printf '%m\n' | sort -u | tr '\n' ' ')
    [ "$locks" = "664 " ] || fail "umask $mask, $kind: lock files are $locks"
  done
done

# So in a plain directory, with the executable bit of those that have it; the same for what is noted beside the files.
for mask in 000 002 022 077; do
  (umask "$mask" && cache2dir org/demo "$memory/dir-$mask" --from "hf:$memory/plain-022" >/dev/null 2>&1) || fail "umask $mask: cache2dir"
  mkdir -m 777 "$memory/there-$mask"
  (umask "$mask" && cache2dir org/demo "$memory/there-$mask" --from "hf:$memory/plain-022" >/dev/null 2>&1) || fail "umask $mask: cache2dir where it is there"
  for dir in "$memory/dir-$mask" "$memory/there-$mask"; do
    [ "$(stat -c %a "$dir/run.sh")" = "$(printf '%o' $((0777 & ~0$mask)))" ] || fail "umask $mask: the executable is $(stat -c %a "$dir/run.sh")"
    chmod "$(stat -c %a "$dir/config.json")" "$dir/run.sh"
    [ "$(modes "$dir" f)" = "$(printf '%o ' $((0666 & ~0$mask)))" ] || fail "umask $mask: files are $(modes "$dir" f)"
    chmod "$(printf '%o' $((0777 & ~0$mask)))" "$dir"
    [ "$(modes "$dir" d)" = "$(printf '%o ' $((0777 & ~0$mask)))" ] || fail "umask $mask: directories are $(modes "$dir" d)"
  done
done

# In a cache that comes from another cache or from a directory, whatever modes the source has.
for mask in 000 002 022 077; do
  file=$(printf '%o' $((0666 & ~0$mask)))
  directory=$(printf '%o' $((0777 & ~0$mask)))
  for from in cache files dir; do
    case $from in
      cache) words=(cache2cache --from "hf:$memory/setgid-077") ;;
      files) words=(cache2cache --from "hf:$memory/plain-077" --cache-layout files) ;;
      dir) words=(dir2cache "$memory/dir-077") ;;
    esac
    for kind in plain setgid acl; do
      cache=$memory/$from-$kind-$mask
      [ "$kind" = plain ] || mkdir -m 777 "$cache"
      files=$file directories=$directory
      case $kind in
        setgid)
          chgrp 1234 "$cache" 2>/dev/null || chgrp "$(id -g)" "$cache"
          chmod "2$directory" "$cache"
          directories=2$directory
          ;;
        acl)
          setfacl -d -m u::rwx,g::r-x,o::--- "$cache"
          files=640 directories=750
          ;;
      esac
      (umask "$mask" && "${words[@]}" --to "hf:$cache" >/dev/null 2>"$T/err") || fail "umask $mask, $from, $kind: $(cat "$T/err")"
      [ "$(modes "$cache/models--org--demo" f)" = "$files " ] || fail "umask $mask, $from, $kind: files are $(modes "$cache/models--org--demo" f)"
      [ "$(modes "$cache/models--org--demo" d)" = "$directories " ] ||
        fail "umask $mask, $from, $kind: directories are $(modes "$cache/models--org--demo" d)"
      [ "$kind" != setgid ] || [ -z "$(find "$cache" ! -group "$(stat -c %g "$cache")")" ] || fail "umask $mask, $from: the group is not kept"
    done
  done
done

# A clone is as git would make it.
for mask in 002 077; do
  (umask "$mask" && cache2clone org/demo "$memory/clone-$mask" --from "hf:$memory/plain-022" >/dev/null 2>&1) || fail "umask $mask: no clone"
  for name in config.json model.safetensors .git/config .git/index; do
    [ "$(stat -c %a "$memory/clone-$mask/$name")" = "$(printf '%o' $((0666 & ~0$mask)))" ] || fail "umask $mask: $name is $(stat -c %a "$memory/clone-$mask/$name")"
  done
  for name in run.sh nested .git/objects/pack .; do
    [ "$(stat -c %a "$memory/clone-$mask/$name")" = "$(printf '%o' $((0777 & ~0$mask)))" ] || fail "umask $mask: $name is $(stat -c %a "$memory/clone-$mask/$name")"
  done
  [ "$(find "$memory/clone-$mask/.git/objects/pack" -type f -printf '%m ')" = "$(printf '%o %o ' $((0444 & ~0$mask)) $((0444 & ~0$mask)))" ] ||
    fail "umask $mask: packs are $(find "$memory/clone-$mask/.git/objects/pack" -type f -printf '%m ')"
done

# Nothing that was there is given another mode.
chmod 600 "$memory/plain-022/models--org--demo/refs/main"
chmod 700 "$memory/plain-022/models--org--demo/blobs"
(umask 022 && clone2cache "$T/repo/clone" --to "hf:$memory/plain-022" --revision dev --ref new >/dev/null 2>&1) || fail "adding a ref"
[ "$(stat -c %a "$memory/plain-022/models--org--demo/refs/main" "$memory/plain-022/models--org--demo/blobs" | tr '\n' ' ')" = '600 700 ' ] ||
  fail "the mode of something that was there was changed"

if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$T" "$memory"
  mkdir "$memory/shared"
  chgrp 1234 "$memory/shared"
  chmod 2775 "$memory/shared"
  member() { setpriv --reuid="$1" --regid="$1" --groups=1234 bash -c 'umask 002; exec "$@"' bash "${@:2}"; }
  expect_status 0 member 65531 clone2cache "$T/repo/clone" --to "hf:$memory/shared"
  expect_status 0 member 65532 clone2cache "$T/repo/clone" --to "hf:$memory/shared" --all-refs
  "$support/tree_check.py" "$memory/shared" || fail "what two members wrote is not sound"
  [ "$(find "$memory/shared" -type f -user 65532 -path '*/blobs/*' | wc -l)" -gt 0 ] || fail "the second member wrote nothing: this proves nothing"
  expect_status 0 member 65531 cache-scan --ready org/demo@dev "hf:$memory/shared"
  # So with cache2cache, and the other can also free what the first wrote.
  mkdir "$memory/shared2" && chgrp 1234 "$memory/shared2" && chmod 2775 "$memory/shared2"
  expect_status 0 member 65531 cache2cache org/demo@main --from "hf:$memory/shared" --to "hf:$memory/shared2"
  expect_status 0 member 65532 cache2cache --from "hf:$memory/shared" --to "hf:$memory/shared2"
  "$support/tree_check.py" "$memory/shared2" || fail "what two members copied is not sound"
  [ "$(find "$memory/shared2" -type f -user 65532 -path '*/blobs/*' | wc -l)" -gt 0 ] || fail "the second member copied nothing: this proves nothing"
  mkdir -m 777 "$memory/moved"
  expect_status 0 member 65532 cache2cache org/demo@main --from "hf:$memory/shared2" --to "hf:$memory/moved/hub" --move --settle 0 --allow-foreign-owner
  [ ! -e "$memory/shared2/models--org--demo/refs/main" ] || fail "a member cannot free what another one wrote"
  "$support/tree_check.py" "$memory/shared2" || fail "what a member freed from is not sound"
fi
