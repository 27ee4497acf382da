#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether huggingface_hub, and transformers where it is installed, read a cache rightly at each moment while a command writes to it:
what they give is whole, what they gave once they give again, and in the end they give all.

    read_meanwhile.py CACHE EXPECTED.json COMMAND...
"""

import hashlib
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

cache, expected_file, command = sys.argv[1], sys.argv[2], sys.argv[3:]
os.environ["HF_HUB_CACHE"] = cache
os.environ["HF_HUB_OFFLINE"] = "1"

import huggingface_hub  # noqa: E402  (the environment is read at import)
from huggingface_hub.errors import CacheNotFound, LocalEntryNotFoundError  # noqa: E402

has_transformers = importlib.util.find_spec("transformers") is not None
if has_transformers:
    import transformers  # noqa: E402

    transformers.logging.set_verbosity_error()
expected = json.loads(pathlib.Path(expected_file).read_text())
files = {ref: expected["commits"][commit] for ref, commit in expected["refs"].items()}


def same_bytes(path, file):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest() == file["sha256"]


def load_file(ref, path):
    cached = huggingface_hub.try_to_load_from_cache("org/demo", path, revision=ref)
    assert cached is None or same_bytes(cached, files[ref][path]), (ref, path, cached)
    try:
        loaded = huggingface_hub.hf_hub_download("org/demo", path, revision=ref, local_files_only=True)
    except LocalEntryNotFoundError:
        assert cached is None, (ref, path, cached)
        return False
    assert same_bytes(loaded, files[ref][path]), (ref, path, loaded)
    return True


def load_snapshot(ref):
    try:
        snapshot = pathlib.Path(huggingface_hub.snapshot_download("org/demo", revision=ref, local_files_only=True))
    except LocalEntryNotFoundError:
        return False
    # Whoever finds a ref finds all behind it.
    for path, file in files[ref].items():
        assert same_bytes(snapshot / path, file), (ref, path)
    return True


def load_model(ref):
    try:
        config = transformers.AutoConfig.from_pretrained("org/demo", revision=ref)
        tokens = transformers.AutoTokenizer.from_pretrained("org/demo", revision=ref).tokenize("Hello worlds")
    except OSError:
        return False
    assert config.hidden_size == 8 and tokens == ["hello", "world", "##s"], (config, tokens)
    return True


def scan():
    try:
        info = huggingface_hub.scan_cache_dir()
    except CacheNotFound:
        return False
    # Their own downloads begin like this, too.
    warnings = [text for text in map(str, info.warnings) if not text.startswith("Snapshots dir doesn't exist in cached repo")]
    assert not warnings, warnings
    return len(info.repos) == 1


questions = [scan]
for ref in files:
    questions += [lambda ref=ref: load_snapshot(ref)]
    questions += [lambda ref=ref, path=path: load_file(ref, path) for path in ("config.json", "model.safetensors", "nested/__init__.py")]
    questions += [lambda ref=ref: load_model(ref)] if has_transformers else []

answers = [question() for question in questions]
assert not all(answers), "nothing is left to write"
writer = subprocess.Popen(command, stdout=subprocess.DEVNULL)
looks = changes = 0
while writer.poll() is None:
    for i, question in enumerate(questions):
        # What was there must not go, not for a moment.
        now = question()
        assert now or not answers[i], f"question {i} was answered before and is no longer"
        changes += now != answers[i]
        answers[i] = now
    looks += 1
assert writer.returncode == 0, writer.returncode
assert looks >= 5 and changes > 0, f"{looks} looks saw {changes} changes: this proves nothing"
assert all(question() for question in questions), "not all is there in the end"
print(f"huggingface_hub {huggingface_hub.__version__} read {looks} times meanwhile")
