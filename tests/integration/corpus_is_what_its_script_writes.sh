#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/make-corpus writes every file of the fuzzers' corpus, byte for byte, and there is no other.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/modelcache-test.XXXXXX")
trap 'rm -rf "$T"' EXIT

"$top/scripts/make-corpus" "$T/corpus"
diff -r "$T/corpus" "$top/tests/fuzz/corpus"
