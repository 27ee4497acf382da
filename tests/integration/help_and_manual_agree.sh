#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --help, the man page, the completions and docs/exit-status.md name the same options and exit codes, and programs load only what they use.
. "$(dirname "$0")/lib.sh"

build=$(cd "${MODELCACHE_BIN:-$top/build/dev/bin}/.." && pwd)
sed -n 's/^| `\([^`]*\)` | \(.*\) |$/\1 \2/p' "$top/docs/exit-status.md" >"$T/codes"
[ "$(wc -l <"$T/codes")" -eq 9 ] || fail "docs/exit-status.md lists $(wc -l <"$T/codes") codes"
for program in cache-meta cache-scan cache2cache cache2clone cache2dir clone2cache dir2cache verify-sha; do
  "$program" --help >"$T/help"
  man=$build/manual/$program.1
  grep -oE '^ +(-[a-zA-Z0-9], )?--[a-z-]+' "$T/help" | grep -oE -- '--[a-z-]+' | sort >"$T/options"
  [ "$(wc -l <"$T/options")" -gt 12 ] || fail "$program --help names few options"
  while read -r option; do
    grep -qF -- "${option//-/\\-}" "$man" || fail "$option is not in the man page of $program"
    for file in "$build/manual/$program.bash" "$build/manual/_$program"; do grep -qF -- "$option" "$file" || fail "$option is not in $file"; done
    grep -qF -- "-l ${option#--}" "$build/manual/$program.fish" || fail "$option is not in the fish completion of $program"
    [ "$option" = --help ] || "$program" "$option" --help >/dev/null 2>&1 || "$program" "$option" x --help >/dev/null || fail "$program does not know $option"
  done <"$T/options"
  sed -n '/^Exit status:/,$p' "$T/help" | sed '1d;s/^  //' | sed -E 's/^([^ ]+) +/\1 /' >"$T/shown"
  diff "$T/codes" "$T/shown" || fail "$program --help and docs/exit-status.md disagree"
  while read -r code meaning; do
    grep -qF -- "${meaning//-/\\-}" "$man" || fail "exit code $code is not in the man page of $program"
  done <"$T/codes"
  man --warnings -E UTF-8 -l "$man" >"$T/page" 2>"$T/err" || fail "man does not show $man"
  [ ! -s "$T/err" ] || fail "man warns about $man: $(cat "$T/err")"
  "$program" --version | head -n 1 | grep -qE "^$program [0-9]+\.[0-9]+\.[0-9]+$" || fail "$program --version"
done
bash -n "$build/manual/cache-scan.bash" || fail "the bash completion is no bash"
readelf -d "$(command -v cache-scan)" | grep -q libgit2 && fail "cache-scan loads libgit2"
for program in cache-scan cache2cache clone2cache; do
  readelf -d "$(command -v "$program")" | grep -q libcurl && fail "$program loads libcurl"
done
readelf -d "$(command -v cache-meta)" | grep -q libcurl || fail "cache-meta does not load libcurl: this proves nothing"
readelf -d "$(command -v clone2cache)" | grep -q libgit2 || fail "clone2cache does not load libgit2: this test proves nothing"
