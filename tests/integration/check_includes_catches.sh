#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/check-includes accepts this tree, and in a copy of it finds each planted violation, with file and line.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/modelcache-test.XXXXXX")
trap 'rm -rf "$T"' EXIT
mkdir -p "$T/lib"
cp -R "$top/lib/modelcache" "$T/lib/"
cp -R "$top/tools" "$top/scripts" "$T/"

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

"$T/scripts/check-includes" || fail "the tree itself breaks a rule"

# plant FILE TEXT: as the third line of FILE (which is made if need be); the check must name the place and nothing else.
plant() {
  local file=$T/$1 kept=$T/kept status=0 output
  rm -f "$kept"
  if [ -e "$file" ]; then cp "$file" "$kept"; else printf '// one\n// two\n' >"$file"; fi
  sed -i "2a\\$2" "$file"
  output=$("$T/scripts/check-includes") || status=$?
  [ "$status" -eq 1 ] || fail "exit status $status with $2 in $1"
  [[ $output == "$1:3: "* ]] || fail "$2 in $1 is reported as: $output"
  [ "$(wc -l <<<"$output")" -eq 1 ] || fail "more than $2 in $1 is reported: $output"
  if [ -e "$kept" ]; then mv "$kept" "$file"; else rm "$file"; fi
}

plant lib/modelcache/base/text.hpp '#include "modelcache/model/rel_path.hpp"'
plant lib/modelcache/model/planted.cpp '#include "modelcache/format/pattern.hpp"'
plant lib/modelcache/format/planted.cpp '#include "modelcache/store/locate.hpp"'
plant lib/modelcache/store/planted.cpp '#include "modelcache/ops/scan.hpp"'
plant lib/modelcache/ops/planted.cpp '#include "modelcache/store/shared_store.hpp"'
plant lib/modelcache/cli/planted.cpp '#include "modelcache/store/lfs_clone.hpp"'
plant tools/planted.cpp '#include "modelcache/base/error.hpp"'
plant lib/modelcache/base/planted.cpp '#include "text.hpp"'
plant lib/modelcache/base/planted.cpp '#include "modelcache/base/../model/rel_path.hpp"'
plant lib/modelcache/base/planted.cpp '  #  include "modelcache/model/rel_path.hpp"  // indented'
plant lib/modelcache/base/planted.cpp '#include <openssl/evp.h>'
plant lib/modelcache/base/digest.hpp '#include <openssl/evp.h>'
plant lib/modelcache/cli/planted.cpp '#include <openssl/evp.h>'
plant lib/modelcache/store/hf_planted.cpp '#include <git2.h>'
plant lib/modelcache/store/lfs_clone.hpp '#include <git2/types.h>'
plant lib/modelcache/store/planted.cpp '#include <nlohmann/json.hpp>'
plant lib/modelcache/format/tree_listing.hpp '#include <nlohmann/json_fwd.hpp>'
plant lib/modelcache/ops/planted.cpp '#include <boost/filesystem/path.hpp>'
plant lib/modelcache/ops/planted.cpp '#include <boost/program_options.hpp>'
plant lib/modelcache/cli/planted.cpp '#include <boost/asio.hpp>'
plant lib/modelcache/base/planted.cpp '#include <fmt/format.h>'
plant lib/modelcache/store/planted.cpp '#include <curl/curl.h>'
plant lib/modelcache/store/planted.cpp '#include <iostream>'
plant lib/modelcache/model/planted.cpp '#include <fstream>'
plant lib/modelcache/format/planted.cpp '#include <unistd.h>'
plant lib/modelcache/format/planted.cpp '#include <sys/stat.h>'
plant lib/modelcache/base/planted.cpp '#include <archive.h>'

mkdir "$T/lib/modelcache/planted"
plant lib/modelcache/planted/planted.cpp '#include <string>'
