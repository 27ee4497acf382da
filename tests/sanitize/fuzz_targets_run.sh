#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Half a minute of all fuzz targets side by side, from their corpus on, finds no crash, no leak, no slow input and no claim that does
# not hold; a planted claim is refuted.
. "$(dirname "$0")/lib.sh"

targets=()
for source in tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" .cpp)"); done
build fuzz "${targets[@]}"

fuzz() { # TARGET ARGUMENT...
  local target=$1
  shift
  mkdir -p "$T/$target"
  "build/fuzz/bin/$target" -seed=1 -timeout=10 -artifact_prefix="$T/$target-" "$T/$target" "$@" >"$T/$target.log" 2>&1
}
! fuzz planted_fuzz -max_total_time=60 || fail "fuzzing does not find a planted bug"
expect_text "$T/planted_fuzz.log" 'does not hold: there is no bug'
rm -f "$T"/reports/*

declare -A running
for target in "${targets[@]}"; do
  [ "$target" = planted_fuzz ] && continue
  fuzz "$target" -max_total_time=30 -max_len=4096 "tests/fuzz/corpus/${target%_fuzz}" &
  running[$target]=$!
done
for target in "${!running[@]}"; do
  wait "${running[$target]}" || fail "$target: $(tail -n 60 "$T/$target.log"; cat "$T"/reports/* 2>/dev/null)"
  expect_text "$T/$target.log" 'Done '
done
