#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills a cache with the real client from the hub at HF_ENDPOINT: all revisions of the named models, or without any named also repos of
each kind that the client knows, some of them in part.

    fill_cache.py CACHE [REPO_ID...]
"""

import os
import sys

import huggingface_hub
from huggingface_hub.utils import EntryNotFoundError

cache, repos = sys.argv[1], sys.argv[2:]
# Without links two threads that want the same content take it from each other (2.4.0): one moves the blob that the other is about to copy.
workers = 1 if os.environ.get("HF_HUB_DISABLE_SYMLINKS") else 8
for repo in repos or ["org/demo"]:
    for revision in ("main", "dev", "v1.0", "refs/pr/1"):
        huggingface_hub.snapshot_download(repo, revision=revision, cache_dir=cache, max_workers=workers)
if not repos:
    huggingface_hub.snapshot_download("org/data", repo_type="dataset", cache_dir=cache, allow_patterns="*.json")
    huggingface_hub.hf_hub_download("gpt2", "config.json", cache_dir=cache)
    huggingface_hub.hf_hub_download("org/app", "nested/a file with spaces.txt", repo_type="space", cache_dir=cache)
    if not huggingface_hub.__version__.startswith("0."):
        huggingface_hub.hf_hub_download("org/fast", "model.safetensors", revision="dev", repo_type="kernel", cache_dir=cache)
    try:
        huggingface_hub.hf_hub_download("org/demo", "no-such-file.json", cache_dir=cache)
    except EntryNotFoundError:
        pass
