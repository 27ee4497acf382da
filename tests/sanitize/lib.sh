# SPDX-License-Identifier: Apache-2.0
# What the tests share that build everything once more, below build/ of the source tree. A second run builds only what changed.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top"
T=$(mktemp -d "${TMPDIR:-/tmp}/modelcache-test.XXXXXX")
finish() {
  local status=$?
  if [ "$status" -eq 0 ]; then rm -rf "$T"; else echo "kept: $T" >&2; fi
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

expect_text() { # FILE TEXT
  grep -qF -- "$2" "$1" || fail "'$2' is not in $1: $(cat "$1")"
}

# build PRESET TARGET...: no more than it takes, with warnings as errors.
build() {
  local preset=$1 options=(-DMODELCACHE_WERROR=ON)
  shift
  command -v ccache >/dev/null && options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  cmake --preset "$preset" "${options[@]}" >"$T/configure.log" 2>&1 || fail "$(cat "$T/configure.log")"
  cmake --build --preset "$preset" --parallel "$(nproc)" --target "$@" >"$T/build.log" 2>&1 || fail "$(cat "$T/build.log")"
}

# A status that no program of ours has, and files that any user may write: a test that expects a failure does not hide a report.
mkdir -m 1777 "$T/reports"
chmod a+rx "$T"
sanitizer_options=log_path=$T/reports/report:exitcode=86
export ASAN_OPTIONS=$sanitizer_options:detect_stack_use_after_return=1
export LSAN_OPTIONS=suppressions=$top/tests/sanitize/leaks.txt:print_suppressions=0
export UBSAN_OPTIONS=$sanitizer_options:print_stacktrace=1
export TSAN_OPTIONS=$sanitizer_options

expect_no_report() {
  [ -z "$(ls "$T/reports")" ] || fail "$(cat "$T"/reports/*)"
}

# expect_found PRESET ERROR: a program with that error, built by the same flags, is reported.
expect_found() {
  local status=0
  "build/$1/bin/planted_error" "$2" || status=$?
  [ "$status" -eq 86 ] || fail "a planted $2 ended with $status"
  rm -f "$T"/reports/*
}
