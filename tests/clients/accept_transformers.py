#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether transformers loads a model's configuration and tokenizer from a cache without a network.

    accept_transformers.py CACHE REPO_ID
"""

import os
import sys

cache, repo_id = sys.argv[1:3]
os.environ["HF_HUB_CACHE"] = cache
os.environ["HF_HUB_OFFLINE"] = "1"

import transformers  # noqa: E402  (the environment is read at import)

config = transformers.AutoConfig.from_pretrained(repo_id)
assert config.model_type == "bert" and config.hidden_size == 8, config
tokenizer = transformers.AutoTokenizer.from_pretrained(repo_id)
tokens = tokenizer.tokenize("Hello worlds")
assert tokens == ["hello", "world", "##s"], tokens
print(f"accepted by transformers {transformers.__version__}")
