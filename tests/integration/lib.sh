# SPDX-License-Identifier: Apache-2.0
# What the integration tests share; each of them sources this first. A test is one claim, runs alone, and leaves its directory
# behind when it fails.
#
#   MODELCACHE_BIN       where the programs are (default: build/dev/bin)
#   MODELCACHE_CLIENTS   where scripts/setup-clients put the real clients (default: build/clients)
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
support=$top/tests/support
clients=${MODELCACHE_CLIENTS:-$top/build/clients}
# A version manager's python3 takes longer to find Python than Python to start, and tests start it thousands of times.
interpreter=$(python3 -c 'import sys; print(sys.executable)')
[ "$(command -v python3)" = "$interpreter" ] || PATH=$(dirname "$interpreter"):$PATH
export PATH=${MODELCACHE_BIN:-$top/build/dev/bin}:$PATH

T=$(mktemp -d "${TMPDIR:-/tmp}/modelcache-test.XXXXXX")
# Nothing of the user's own takes part.
export HOME=$T/home GIT_CONFIG_NOSYSTEM=1 PYTHONDONTWRITEBYTECODE=1
unset HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_ENDPOINT HF_HUB_OFFLINE XDG_CACHE_HOME XDG_CONFIG_HOME
unset AISTUDIO_CACHE_HOME MODELSCOPE_CACHE MS_CACHE_HOME COLUMNS GIT_DIR GIT_WORK_TREE
unset HF_TOKEN HUGGING_FACE_HUB_TOKEN HF_TOKEN_PATH HF_HUB_DISABLE_IMPLICIT_TOKEN HUGGINGFACE_CO_STAGING TRANSFORMERS_OFFLINE
mkdir "$HOME"
git config --global protocol.file.allow always
git config --global user.name test
git config --global user.email test@example.invalid
git config --global --add safe.directory '*'
git config --global lfs.locksverify false
git lfs install --skip-repo >/dev/null

children=()
finish() {
  local status=$?
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  if [ "$status" -eq 0 ]; then
    chmod -R u+rwx "$T" 2>/dev/null || true
    rm -rf "$T"
    [ -z "${memory:-}" ] || rm -rf "$memory"
  else
    echo "kept: $T ${memory:-}" >&2
  fi
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect_status N COMMAND...: its stdout goes to $T/out, its stderr to $T/err.
expect_status() {
  local wanted=$1 status=0
  shift
  "$@" >"$T/out" 2>"$T/err" || status=$?
  [ "$status" -eq "$wanted" ] || fail "'$*' ended with $status, not $wanted: $(cat "$T/err")"
}

expect_text() { # FILE TEXT
  grep -qF -- "$2" "$1" || fail "'$2' is not in $1: $(cat "$1")"
}

expect_no_text() { # FILE TEXT
  ! grep -qF -- "$2" "$1" || fail "'$2' is in $1"
}

# A test that cannot do its work fails: a skip that nobody sees is worse.
need() {
  command -v "$1" >/dev/null || fail "this test needs $1"
}

# Sets $memory to a directory in memory where there is one, for tests whose time would be that of the disk.
use_memory() {
  memory=$(mktemp -d /dev/shm/modelcache-test.XXXXXX 2>/dev/null) || { mkdir "$T/memory" && memory=$T/memory; }
}

# make_clone [NAME]: $T/NAME/origin.git and $T/NAME/clone
make_clone() {
  "$support/make_clone.sh" "$T/${1:-repo}"
}

# start_hub ARGUMENT...: sets $hub to its address.
# In $memory: a clone, and as hub, dir, aistudio and shared what our programs made of it, to be damaged.
make_places() {
  MAKE_CLONE_LFS_KIB=20 make_clone
  cp -a "$T/repo/clone" "$memory/clone"
  git -C "$memory/clone" checkout -q dev
  clone2cache "$memory/clone" --all-refs --to "hf:$memory/hub" >/dev/null 2>&1
  cache2dir org/demo "$memory/dir" --from "hf:$memory/hub" >/dev/null 2>&1
  clone2cache "$T/repo/clone" --to "aistudio:$memory/aistudio" >/dev/null 2>&1
  "$support/shared_cache.sh" "$memory/hub" "$memory/shared"
}

# Sets as_neighbour, under which other programs are somebody else's when we are root, and makes $T/flip, which exchanges two names again
# and again.
use_neighbour() {
  need cc
  need strace
  chmod 755 "$T" "$memory"
  cc -O2 -o "$T/flip" "$support/flipper.c"
  as_neighbour=()
  [ "$(id -u)" -ne 0 ] || as_neighbour=(setpriv --reuid=65534 --regid=65534 --clear-groups)
}

start_hub() {
  rm -f "$T/hub.address"
  python3 "$support/fake_hub.py" --port-file "$T/hub.address" "$@" 2>"$T/hub.log" &
  children+=($!)
  for _ in $(seq 200); do
    [ -s "$T/hub.address" ] && break
    sleep 0.05
  done
  hub=$(cat "$T/hub.address") || fail "the mock hub did not start: $(cat "$T/hub.log")"
}

# How many bytes of files the hub has sent.
body_bytes() {
  python3 -c 'import json, sys, urllib.request; print(json.load(urllib.request.urlopen(sys.argv[1] + "/_counters"))["body_bytes"])' "$hub"
}

# accepts CLIENT CACHE REPO [PHASE...]: whether a real client takes the cache for its own, by $T/expected.json and the hub; the cache is
# used up. What it says goes to $T/out and $T/err.
accepts() {
  case $1 in
    js) (cd "$clients" && node "$top/tests/clients/accept_js.mjs" "$2" "$3" "$T/expected.json" "$hub") ;;
    transformers) "$clients/hf2/bin/python" "$top/tests/clients/accept_transformers.py" "$2" "$3" ;;
    *) "$clients/$1/bin/python" "$top/tests/clients/accept_hf.py" "$2" "$3" "$T/expected.json" "$hub" "${@:4}" ;;
  esac >"$T/out" 2>"$T/err"
}

# All names, kinds, modes, sizes, link texts and times below a directory.
listing() {
  (cd "$1" && find . -printf '%p %y %m %s %T@ %l\n' | sort)
}

# All that is no directory, with its inode and time.
entries() {
  (cd "$1" && find . ! -type d -printf '%p %y %m %s %T@ %i %l\n' | sort)
}

# kept BEFORE CACHE WHAT: nothing that entries() saw before has changed.
kept() {
  entries "$2" >"$T/after"
  [ -s "$1" ] || fail "$3: there was nothing to keep"
  [ -z "$(comm -23 "$1" "$T/after")" ] || fail "$3: $(comm -23 "$1" "$T/after")"
}
