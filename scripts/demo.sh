#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows the main job from nothing: installs what is missing, builds, makes a small real git-lfs clone without a network, turns it into
# a hub cache, looks at the cache, and, where Python's venv can get it, loads a file with the real client.
set -euo pipefail

cd "$(dirname "$0")/.."
top=$PWD
step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
show() {
  printf '\033[2m$ %s\033[0m\n' "$*"
  "$@"
}

step "Building"
scripts/install-packages
cmake --preset release >/dev/null
cmake --build --preset release --target cache-scan clone2cache | tail -n 1
export PATH=$top/build/release/bin:$PATH

step "A git-lfs clone, as 'git clone' leaves it (its server is a folder; no network)"
demo=$(mktemp -d "${TMPDIR:-/tmp}/modelcache-demo.XXXXXX")
trap 'rm -rf "$demo"' EXIT
tests/support/make_clone.sh "$demo" 2>/dev/null
cd "$demo"
(cd clone && GIT_CONFIG_NOSYSTEM=1 git ls-tree -r --name-only HEAD | sed 's/^/  /')

step "clone2cache: the clone becomes a hub cache"
show clone2cache ./clone --to hf:"$demo/hub" --all-refs

step "Again: nothing is left to do"
show clone2cache ./clone --to hf:"$demo/hub" --all-refs

step "cache-scan: what is in the cache"
show cache-scan -v hf:"$demo/hub" --no-truncate
show cache-scan --ready org/demo hf:"$demo/hub"

step "The real client, without a network"
python=$top/build/clients/hf2/bin/python
if [ ! -x "$python" ] && (cd "$top" && scripts/setup-clients) >/dev/null 2>&1; then :; fi
if [ -x "$python" ]; then
  HF_HUB_CACHE=$demo/hub HF_HUB_OFFLINE=1 "$python" - <<'PY'
import huggingface_hub
path = huggingface_hub.hf_hub_download("org/demo", "model.safetensors")
print(f"huggingface_hub {huggingface_hub.__version__} loads org/demo model.safetensors from")
print(f"  {path}")
print("scan warnings:", huggingface_hub.scan_cache_dir().warnings)
PY
else
  echo "Python's huggingface_hub could not be installed here; left out."
fi
