#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever is damaged in a cache, clone or directory, verify-sha names it, with the right status, and nothing else.
#
# Usage: verify_finds_damage.sh [SEEDS]     how many damages are planted in each layout (default: 25)
. "$(dirname "$0")/lib.sh"

use_memory
make_places
for layout in hub clone dir aistudio; do
  "$support/plant_damage.py" "$layout" "$memory/$layout" --seeds "${1:-25}" --first "${2:-0}" || fail "$layout"
done

# A shared payload is proved through the names of the repos that lead to it.
expect_status 0 verify-sha "hf:$memory/shared"
payload=$(find "$memory"/shared/blobs/??/ -type f -size +1k | sort | head -n 1)
chmod u+w "$payload"
printf x | dd of="$payload" conv=notrunc status=none
expect_status 1 verify-sha "hf:$memory/shared"
grep 'unmatched, please' "$T/out" | sed 's|@.*||' | sort -u >"$T/repos"
printf 'org/demo\norg/twin\n' | diff - "$T/repos" || fail "a damaged payload is not told of both repos"
