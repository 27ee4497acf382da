#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer have nothing to report of the unit tests and of the quick
# integration tests; planted errors they do report.
. "$(dirname "$0")/lib.sh"

build fuzz all
for error in bounds leak overflow; do expect_found fuzz "$error"; done

# What is left out runs none of our programs.
quick() { ctest --test-dir build/fuzz --output-on-failure --no-tests=error -j "$(nproc)" -L quick -E '_catches$|^check_' "$@"; }
quick -LE 'traced|measured'
expect_no_report
# LeakSanitizer cannot run below strace.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 quick -L traced
expect_no_report
