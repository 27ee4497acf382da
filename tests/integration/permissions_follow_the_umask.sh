#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files are 0666 and directories 0777 less the umask; setgid and default ACLs of the cache's directory are taken over.
. "$(dirname "$0")/lib.sh"
need setfacl

make_clone
modes() { find "$1" -path '*/.locks' -prune -o -type "$2" -printf '%m\n' | sort -u | tr '\n' ' '; }
for mask in 000 002 022 077; do
  (umask "$mask" && clone2cache "$T/repo/clone" --to "hf:$T/hub-$mask" >/dev/null 2>&1) || fail "umask $mask"
  file=$(printf '%o' $((0666 & ~0$mask)))
  directory=$(printf '%o' $((0777 & ~0$mask)))
  [ "$(modes "$T/hub-$mask" f)" = "$file " ] || fail "umask $mask: files are $(modes "$T/hub-$mask" f)"
  [ "$(modes "$T/hub-$mask" d)" = "$directory " ] || fail "umask $mask: directories are $(modes "$T/hub-$mask" d)"
  locks=$(find "$T/hub-$mask/.locks" -name '*.lock' -printf '%m\n' | sort -u | tr '\n' ' ')
  [ "$locks" = "664 " ] || fail "umask $mask: lock files are $locks"
done

mkdir "$T/group"
chgrp 1234 "$T/group" 2>/dev/null || chgrp "$(id -g)" "$T/group"
chmod 2775 "$T/group"
(umask 002 && clone2cache "$T/repo/clone" --to "hf:$T/group" >/dev/null 2>&1)
[ "$(find "$T/group" -type d ! -perm -2000 | wc -l)" -eq 0 ] || fail "setgid is not kept: $(find "$T/group" -type d ! -perm -2000)"
[ "$(find "$T/group" ! -group "$(stat -c %g "$T/group")" | wc -l)" -eq 0 ] || fail "the group is not kept"

mkdir "$T/acl"
setfacl -d -m u::rwx,g::rwx,o::--- "$T/acl" || fail "this file system has no ACLs: run with TMPDIR on one that has"
(umask 077 && clone2cache "$T/repo/clone" --to "hf:$T/acl" >/dev/null 2>&1)
[ "$(find "$T/acl/models--org--demo/blobs" -type f -printf '%m\n' | sort -u)" = 660 ] || fail "the default ACL is not followed"
