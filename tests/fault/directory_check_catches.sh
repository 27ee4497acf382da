#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The judge of directories finds what a writer that died must not leave: a part, a torn file, a file that is gone, a record of what is not
# there.
. "$(dirname "$0")/../integration/lib.sh"

check=$support/directory_check.py
"$top/tests/fault/small_clone.sh" "$T/small"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$T/hub"
expect_status 0 cache2dir org/small "$T/golden" --from "hf:$T/hub"
mkdir -p "$T/start/model/sub" && echo mine >"$T/start/model/mine.txt" && echo mine >"$T/start/model/sub/notes.txt"
cp -a "$T/start" "$T/done" && expect_status 0 cache2dir org/small "$T/done/model" --from "hf:$T/hub" --replace

# judged sound|flawed new|there COMMAND: what a copy of the finished directory is after COMMAND in it
judged() {
  local wanted=0
  [ "$1" = sound ] || wanted=1
  rm -rf "$T/copy" && mkdir "$T/copy"
  case $2 in
    new) cp -a "$T/golden" "$T/copy/model" && start=() && golden=$T/golden ;;
    there) cp -a "$T/done/model" "$T/copy/model" && start=("$T/start") && golden=$T/done/model ;;
  esac
  (cd "$T/copy/model" && bash -c "$3")
  expect_status "$wanted" "$check" "$T/copy" "$golden" "${start[@]}"
}
judged sound new :
judged sound new 'rm -r ../model'
judged sound there :
judged sound there 'cp "../../start/model/sub/notes.txt" sub; rm .cache/huggingface/modelcache.json'
judged flawed new 'rm config.json'
judged flawed new 'rm .cache/huggingface/modelcache.json'
judged flawed new 'truncate -s 1 model.bin'
judged flawed new 'touch stray'
judged flawed there 'rm -r ../model'
judged flawed there 'rm mine.txt'
judged flawed there 'truncate -s 1 sub/notes.txt'
judged flawed there 'cp "../../start/model/sub/notes.txt" sub'
judged flawed there 'rm model.bin'
judged flawed there 'echo "{" >.cache/huggingface/modelcache.json'
