#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whether real git and git-lfs take a clone for sound and unchanged, without running a filter to see so. Prints what is wrong.
#
# Usage: clone_check.sh CLONE [--partial | --no-worktree | --quick]
#   --partial        large files may be lacking: git lfs fsck is left out
#   --no-worktree    there is no index and no file
#   --quick          without git lfs fsck, which also changes the clone: it comes with hooks
set -euo pipefail

clone=$1
kind=${2:-}
trace=$(mktemp)
trap 'rm -f "$trace"' EXIT
bad() {
  echo "$clone: $*"
  exit 1
}

git -C "$clone" fsck --strict --no-dangling >"$trace" 2>&1 || bad "git fsck: $(cat "$trace")"
! grep -q -e error -e warning "$trace" || bad "git fsck: $(cat "$trace")"
if [ "$kind" = --no-worktree ]; then
  [ "$(ls -A "$clone")" = .git ] || bad "there are files: $(ls -A "$clone")"
else
  # Twice: the first run must not be what makes the second one fast.
  for run in first second; do
    status=$(GIT_TRACE=$trace GIT_OPTIONAL_LOCKS=0 git -C "$clone" status --porcelain) || bad "git status fails"
    [ -z "$status" ] || bad "git status, $run time: $status"
    ! grep -q filter-process "$trace" || bad "git status, $run time, looks into files: $(cat "$trace")"
  done
  git -C "$clone" diff-index --cached --quiet HEAD || bad "the index is not the tree"
fi
[ "$kind" = --partial ] || [ "$kind" = --quick ] || git -C "$clone" lfs fsck >"$trace" 2>&1 || bad "git lfs fsck: $(cat "$trace")"
! git -C "$clone" config --local --get-regexp '^(filter|include|alias|core\.(hookspath|fsmonitor|sshcommand))' || bad "the configuration runs programs"
