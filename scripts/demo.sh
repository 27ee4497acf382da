#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows the main job from nothing: installs what is missing, builds, makes a small real git-lfs clone without a network, turns it into
# a hub cache, looks at the cache, and, where Python's venv can get it, loads a file with the real client.
set -euo pipefail

cd "$(dirname "$0")/.."
top=$PWD
bold='' dim='' plain=''
if [ -t 1 ]; then bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'; fi
step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
show() {
  printf '%s$ %s%s\n' "$dim" "$*" "$plain"
  "$@" 2>&1 # in the order in which they are written
}

step "Building (a minute or a few)"
scripts/install-packages
cmake --preset release >/dev/null
cmake --build --preset release --target cache-scan clone2cache cache2cache cache-meta verify-sha | tail -n 1
export PATH=$top/build/release/bin:$PATH

step "A git-lfs clone of 'org/demo', as 'git clone' leaves it (its server is a folder; no network)"
demo=$(mktemp -d "${TMPDIR:-/tmp}/modelcache-demo.XXXXXX")
trap 'rm -rf "$demo"' EXIT
tests/support/make_clone.sh "$demo" 2>/dev/null
cd "$demo"
git() { GIT_CONFIG_NOSYSTEM=1 HOME=$demo/home command git -c core.quotePath=false "$@"; }
echo "branch main, $(git -C clone ls-tree -r --name-only HEAD | wc -l) files:"
git -C clone ls-tree -r --name-only HEAD | sed 's/^/  /'
echo "these of them are large, so git holds a pointer and git-lfs the content:"
git -C clone lfs ls-files --size | sed 's/^/  /'

step "clone2cache: its current branch becomes a hub cache"
show clone2cache ./clone --to hf:./hub

step "Again: nothing is left to do"
show clone2cache ./clone --to hf:./hub

step "All branches, tags and pull requests: only what is new is written"
show clone2cache ./clone --to hf:./hub --all-refs

step "What that made: a ref names a commit, the commit's folder links to contents, which revisions share"
show cat hub/models--org--demo/refs/main
echo
show ls -l --time-style=+ "hub/models--org--demo/snapshots/$(cat hub/models--org--demo/refs/main)"

step "cache-scan: what is in the cache, and whether a job without network may start"
show cache-scan hf:./hub
show cache-scan -v hf:./hub
show cache-scan --ready org/demo hf:./hub
show cache-scan --lookup org/demo config.json hf:./hub

step "verify-sha: is every byte what it should be?"
show verify-sha hf:./hub --repo org/demo@main
show verify-sha ./clone --quick

step "The real client, without a network"
python=$top/build/clients/hf2/bin/python
if [ ! -x "$python" ] && (cd "$top" && scripts/setup-clients) >/dev/null 2>&1; then :; fi
if [ -x "$python" ]; then
  HF_HUB_CACHE=$demo/hub HF_HUB_OFFLINE=1 "$python" - <<'PY'
import huggingface_hub
path = huggingface_hub.hf_hub_download("org/demo", "model.safetensors")
print(f"huggingface_hub {huggingface_hub.__version__}: hf_hub_download('org/demo', 'model.safetensors') gives")
print(f"  {path}")
print(f"snapshot_download('org/demo') gives\n  {huggingface_hub.snapshot_download('org/demo')}")
print(f"scan_cache_dir() warns of {len(huggingface_hub.scan_cache_dir().warnings)} things")
PY
else
  echo "Python's huggingface_hub could not be installed here; left out."
fi

step "The same commit for aistudio-sdk, with the index that it asks for; and back, for the hub's clients"
show clone2cache ./clone --to aistudio:./studio
show cache-meta ./studio/models/org/demo --check
show cache2cache org/demo --from aistudio:./studio --to hf:./hub-again --link hardlink

step "Your own clone"
echo "$top/build/release/bin/clone2cache --dry-run PATH_OF_YOUR_CLONE"
