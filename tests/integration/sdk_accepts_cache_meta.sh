#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files that came another way, and cache-meta --rebuild: aistudio-sdk takes the directory for its own download, in a cache and as local_dir,
# with and without network, and no byte of a file is sent.
. "$(dirname "$0")/lib.sh"
. "$support/sdk.sh"

export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
serve_sample demo
start_mock studio
export STUDIO_GIT_HOST=${hubs[studio]}
git clone -q "$T/demo.git" "$T/repo" 2>/dev/null
git -C "$T/repo" lfs fetch -q --all origin >/dev/null 2>&1 || true
git -C "$T/repo" lfs checkout >/dev/null 2>&1
rm -rf "$T/repo/.git"

# With the server's ids, in each place.
for id in org/demo org/name-1.5; do
  folder=$(sdk_folder studio "$T/cache" model "$id" master)
  mkdir -p "$(dirname "$folder")"
  cp -a "$T/repo" "$folder"
  expect_status 0 cache-meta "$folder" --rebuild --repo "$id" --hub
  sdk_accepts studio "$id" --cache "$T/cache" || fail "$id: $(cat "$T/studio.out")"
  expect_status 0 cache-meta "$folder" --check
  expect_status 0 cache-meta "$folder" --rebuild
  expect_text "$T/err" 'nothing to write'
done
folder=$(sdk_folder studio "$T/cache" dataset org/data master)
mkdir -p "$(dirname "$folder")"
cp -a "$T/repo" "$folder"
expect_status 0 cache-meta "$folder" --rebuild --repo dataset/org/data --hub
sdk_accepts studio org/data --type dataset --cache "$T/cache" || fail "a dataset: $(cat "$T/studio.out")"
cp -a "$T/repo" "$T/local"
expect_status 0 cache-meta "$T/local" --rebuild --repo org/demo --hub
sdk_accepts studio org/demo --local-dir "$T/local" || fail "a local_dir: $(cat "$T/studio.out")"

# Without the server all is right but the two pointers that git-lfs pushed: the client fetches these and no other.
cp -a "$T/repo" "$T/offline"
expect_status 0 cache-meta "$T/offline" --rebuild --repo org/demo
cp -a "$T/offline" "$T/offline.copy"
! sdk_accepts studio org/demo --local-dir "$T/offline.copy" || fail "ids of other pointers are accepted: this proves nothing"
sdk_accepts studio org/demo --local-dir "$T/offline" --changed 'sub/part #2 (100%).bin' --changed sub/small.bin ||
  fail "without the server: $(cat "$T/studio.out")"
# What the client wrote then is kept.
expect_status 0 cache-meta "$T/offline" --check
expect_status 0 cache-meta "$T/offline" --rebuild
expect_text "$T/err" '0 added, 0 changed, 0 removed; nothing to write'

# What the client lost comes back: an index of which half is gone, and one that would run code.
printf 'cos\nsystem\n(S"true"\ntR.' >"$T/local/.msc"
expect_status 0 cache-meta "$T/local" --rebuild --hub
sdk_accepts studio org/demo --local-dir "$T/local" || fail "after a bad index: $(cat "$T/studio.out")"

# A file that changed is left to the client, which fetches it alone.
echo other >"$T/local/config.json"
expect_status 1 cache-meta "$T/local" --rebuild --hub
sdk_accepts studio org/demo --local-dir "$T/local" --changed config.json || fail "a changed file: $(cat "$T/studio.out")"
