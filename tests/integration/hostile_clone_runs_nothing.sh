#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A clone made to harm: nothing of its configuration is executed, nothing outside is opened, and unsafe names refuse it by name.
. "$(dirname "$0")/lib.sh"
need strace

make_clone
clone=$T/repo/clone
mkdir "$T/outside"
cat >"$T/outside/evil" <<SH
#!/bin/sh
touch $T/PWNED
SH
chmod +x "$T/outside/evil"
printf '[core]\n\tfsmonitor = %s\n' "$T/outside/evil" >"$T/outside/config"

cp -a "$clone" "$T/hostile"
git -C "$T/hostile" config core.fsmonitor "$T/outside/evil"
git -C "$T/hostile" config core.hooksPath "$T/outside"
git -C "$T/hostile" config core.sshCommand "$T/outside/evil"
git -C "$T/hostile" config core.worktree /
git -C "$T/hostile" config filter.lfs.smudge "$T/outside/evil"
git -C "$T/hostile" config filter.lfs.process "$T/outside/evil"
git -C "$T/hostile" config credential.helper "!$T/outside/evil"
for hook in post-checkout pre-commit post-index-change; do cp "$T/outside/evil" "$T/hostile/.git/hooks/$hook"; done
seq 100000 | sed "s|.*|$(git -C "$clone" rev-parse HEAD) refs/tags/many-&|" | sort -k2 >>"$T/hostile/.git/packed-refs"

traced() { # STATUS CLONE OPTION...: nothing but ourselves is executed, and nothing but the clone, the cache and the system is opened
  local status=$1
  shift
  rm -rf "$T/hub"
  expect_status "$status" strace -f -qq -y -o "$T/trace" -e trace=execve,openat,openat2,open,socket,connect clone2cache "$@" --to "hf:$T/hub"
  [ "$(grep -c execve "$T/trace")" -eq 1 ] || fail "something was executed: $(grep execve "$T/trace")"
  ! grep -E 'socket|connect' "$T/trace" || fail "a socket was used"
  ! grep -F "$T/outside" "$T/trace" | grep -vE 'ENOENT|clone2cache' || fail "something outside was opened: $(grep -F "$T/outside" "$T/trace")"
  # Of all else only the system's own files, our own, and the place that the cache is made in.
  ! grep -oE '= [0-9]+<[^>]*>' "$T/trace" | sed 's/.*<//' | grep -vE "^($1|$T/hub|${looked_at:-$1})(/.*)?>|^$T>|^$(realpath "${MODELCACHE_BIN:-$top/build}")/|^/(usr|lib|lib64|proc|dev|sys)/|^/etc/(ld|ssl|localtime|passwd|nsswitch)" ||
    fail "something outside was opened"
  [ ! -e "$T/PWNED" ] || fail "code of the clone ran"
}
traced 0 "$T/hostile" --ref main

refuse_config() { # NAME TEXT COMMAND in a copy of the clone
  rm -rf "$T/copy"
  cp -a "$clone" "$T/copy"
  (cd "$T/copy" && eval "$3")
  traced 6 "$T/copy"
  expect_text "$T/err" "$2"
  [ ! -e "$T/hub" ] || fail "$1: something was written"
}
refuse_config 'an include' 'an include in its config' "git config include.path $T/outside/config"
refuse_config 'a conditional include' 'an include in its config' "git config includeIf.gitdir:/.path $T/outside/config"
refuse_config 'alternates to the root' 'alternates' 'echo / >.git/objects/info/alternates'
refuse_config 'alternates to elsewhere' 'alternates' "echo $T/outside >.git/objects/info/alternates"
# A place like git's own for worktrees is asked whether it points back, and no more.
looked_at=$T/copy.git/worktrees/x
refuse_config 'a worktree link' 'leads to' "mkdir -p .git/worktrees/x; echo ../../../../outside >.git/worktrees/x/commondir; cp .git/HEAD .git/worktrees/x/; mv .git $T/copy.git; echo gitdir: $T/copy.git/worktrees/x >.git"
unset looked_at
rm -rf "$T/copy.git"
refuse_config 'LFS storage elsewhere' 'LFS storage' "git config lfs.storage $T/outside"
refuse_config 'a .git file to elsewhere' '.git file' "rm -rf .git; echo 'gitdir: $T/outside' >.git"
refuse_config 'a .git link to elsewhere' '.git file' "rm -rf .git; ln -s $T/outside .git"
refuse_config 'objects as a link' 'symbolic link' "mv .git/objects $T/copy.objects; ln -s $T/copy.objects .git/objects"
rm -rf "$T/copy.objects"
refuse_config 'LFS objects as a link' '--allow-outside' "mv .git/lfs/objects $T/outside/objects; ln -s $T/outside/objects .git/lfs/objects"
rm -rf "$T/outside/objects"
refuse_config 'a corrupt pack' 'cannot' "git gc -q; chmod u+w .git/objects/pack/*.pack; for p in .git/objects/pack/*.pack; do head -c 100 /dev/urandom | dd of=\$p bs=1 seek=40 conv=notrunc status=none; done"

# Trees that git itself would not make.
git init -q "$T/trees"
git -C "$T/trees" remote add origin https://huggingface.co/org/trees
blob=$(echo hello | git -C "$T/trees" hash-object -w --stdin)
evil_tree() { # NAME TREE-ENTRIES (mode name oid, as bytes written by python)
  local tree commit
  tree=$(cd "$T/trees" && python3 - "$blob" "$1" <<'PY'
import hashlib, os, subprocess, sys, zlib
blob, kind = bytes.fromhex(sys.argv[1]), sys.argv[2]
def entry(mode, name, oid=blob):
    return mode + b" " + name + b"\0" + oid
def write(body):
    data = b"tree %d\0" % len(body) + body
    oid = hashlib.sha1(data).hexdigest()
    os.makedirs(f".git/objects/{oid[:2]}", exist_ok=True)
    open(f".git/objects/{oid[:2]}/{oid[2:]}", "wb").write(zlib.compress(data))
    return bytes.fromhex(oid)
names = {"dotdot": b"..", "dot": b".", "git": b".git", "GIT": b".GIT", "slash": b"a/b", "climb": b"../../x", "absolute": b"/etc/x", "long": b"n" * 300, "short": b"git~1"}
if kind in names:
    body = entry(b"100644", names[kind])
elif kind == "twice":
    body = entry(b"100644", b"a") * 2
elif kind == "clash":
    inner = write(entry(b"100644", b"b"))
    body = entry(b"100644", b"a") + entry(b"40000", b"a", inner)
elif kind == "deep":
    oid = write(entry(b"100644", b"f"))
    for _ in range(200):
        oid = write(entry(b"40000", b"d", oid))
    body = entry(b"40000", b"d", oid)
elif kind == "inner":
    body = entry(b"40000", b"ok", write(entry(b"100644", b"..")))
elif kind == "special":
    body = entry(b"120000", b"link") + entry(b"160000", b"module", b"\1" * 20) + entry(b"100755", b"run")
print(write(body).hex())
PY
  )
  commit=$(git -C "$T/trees" commit-tree "$tree" -m evil)
  echo "$commit" >"$T/trees/.git/refs/heads/$(git -C "$T/trees" symbolic-ref --short HEAD)"
}
for kind in dotdot dot git GIT slash climb absolute long short inner; do
  evil_tree "$kind"
  traced 6 "$T/trees"
  expect_text "$T/err" 'names that are not safe'
  [ ! -e "$T/hub" ] || fail "$kind: something was written"
done
evil_tree twice && traced 6 "$T/trees" && expect_text "$T/err" 'holds this name twice'
evil_tree clash && traced 6 "$T/trees" && expect_text "$T/err" 'a file and a directory at once'
evil_tree deep && traced 6 "$T/trees" && expect_text "$T/err" 'deeper than 128'
evil_tree special && traced 0 "$T/trees"
expect_text "$T/err" special_file
commit=$(basename "$(cat "$T/out")")
[ "$(cat "$T/hub/models--org--trees/snapshots/$commit/link")" = hello ] || fail "a link of the tree is no small file"
[ ! -e "$T/hub/models--org--trees/snapshots/$commit/module" ] || fail "a submodule appears"
if [ "$(id -u)" -eq 0 ]; then
  cp -a "$clone" "$T/copy.foreign" && chown -R 65533 "$T/copy.foreign"
  traced 6 "$T/copy.foreign"
  expect_text "$T/err" 'it belongs to another user (uid 65533)'
fi
