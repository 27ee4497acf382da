#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes of a cache that holds models--org--demo another with org/demo and org/twin, whose large contents lie in a marked shared store, as
# huggingface_hub 1.32 and later keep them. Any 64 digits serve for the names of payloads, which nobody can compute without its library.
#
# Usage: shared_cache.sh FROM TO
set -euo pipefail

from=$1 to=$2
mkdir -p "$to/blobs"
printf '1\n' >"$to/blobs/.huggingface-shared-blobs"
for repo in demo twin; do cp -a "$from/models--org--demo" "$to/models--org--$repo"; done
for blob in "$to"/models--org--demo/blobs/*; do
  name=$(basename "$blob")
  [ ${#name} -eq 64 ] || continue
  hash=$(printf 'xet %s' "$name" | sha256sum | cut -c1-64)
  mkdir -p "$to/blobs/${hash:0:2}"
  mv "$blob" "$to/blobs/${hash:0:2}/$hash"
  chmod 0444 "$to/blobs/${hash:0:2}/$hash"
  for repo in demo twin; do
    ln -sfn "../../blobs/${hash:0:2}/$hash" "$to/models--org--$repo/blobs/$name"
    echo "models--org--$repo/blobs/$name" >>"$to/blobs/${hash:0:2}/$hash.refs"
  done
done
