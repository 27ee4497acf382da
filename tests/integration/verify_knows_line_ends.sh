#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Work files of which only the line ends are others, by a rule that is committed, are no damage, and no other ones are let pass: for
# random files and rules verify-sha calls damaged what git calls modified.
. "$(dirname "$0")/lib.sh"

python3 "$top/tests/integration/verify_knows_line_ends.py" "$T"
