#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang compiles the library and the programs without a warning, and clang-tidy has nothing to say of them; what is planted it does
# find.
. "$(dirname "$0")/lib.sh"

programs=()
for source in tools/*.cpp; do programs+=("$(basename "$source" .cpp)"); done
build fuzz "${programs[@]}"
scripts/run-tidy --fast build/fuzz >"$T/tidy.log" 2>&1 || fail "$(cat "$T/tidy.log")"

cat >"$T/planted.cpp" <<'CPP'
#include <string>
#include <utility>
std::string planted(std::string text, long number) {
  const std::string moved = std::move(text);
  const int narrow = number;
  return moved + text + std::to_string(narrow);
}
CPP
! scripts/run-tidy --fast build/fuzz "$T/planted.cpp" >"$T/planted.log" 2>&1 || fail "nothing is found in a planted file"
for check in bugprone-use-after-move clang-diagnostic-shorten-64-to-32; do expect_text "$T/planted.log" "$check"; done
