#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The way people check a download by hand, with two small scripts of their own (one writes {path: sha256}, the other reads it and keeps
# {path: word}), done by verify-sha: the same verdicts, and each reads what the other wrote.
. "$(dirname "$0")/lib.sh"

make_clone
cache2dir_of() { clone2cache "$T/repo/clone" --to "hf:$T/hub" >/dev/null 2>&1 && cache2dir org/demo "$1" --from "hf:$T/hub" --no-metadata >/dev/null 2>&1; }
cache2dir_of "$T/whole"
cat >"$T/get_hash.py" <<'PY'
import hashlib, json, pathlib, sys
root = pathlib.Path(sys.argv[1])
hashes = {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()}
json.dump(hashes, open(sys.argv[2], "w"), indent=4)
PY
cat >"$T/validate.py" <<'PY'
import hashlib, json, pathlib, sys
root, state_path = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3])
hashes = json.load(open(sys.argv[2]))
state = json.load(open(state_path)) if state_path.exists() else {path: "undownload" for path in hashes}
for path, wanted in hashes.items():
    if state.get(path) == "matched":
        continue
    file = root / path
    if not file.exists():
        state[path] = "undownload"
    else:
        state[path] = "matched" if hashlib.sha256(file.read_bytes()).hexdigest() == wanted else "unmatched"
json.dump(state, open(state_path, "w"), indent=4)
PY
python3 "$T/get_hash.py" "$T/whole" "$T/hashes.json"
expect_status 0 verify-sha "$T/whole" --write-manifest "$T/own.json"
python3 -c 'import json, sys; a, b = (json.load(open(p)) for p in sys.argv[1:]); assert a == b and len(a) == 15, (a, b)' \
  "$T/hashes.json" "$T/own.json" || fail "our manifest is another one"

# A third is not there yet, one file is damaged.
cp -a "$T/whole" "$T/part"
(cd "$T/part" && find . -type f | sort | awk 'NR % 3 == 0' | xargs -d '\n' rm)
printf x >>"$T/part/tokenizer.json"
python3 "$T/validate.py" "$T/part" "$T/hashes.json" "$T/theirs.json"
expect_status 1 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/ours.json"
expect_text "$T/out" '9 matched, 1 unmatched, 0 pointers, 5 missing'
same() { # the words of both
  python3 -c 'import json, sys; a, b = (json.load(open(p)) for p in sys.argv[1:]); assert a == b, (a, b)' "$T/theirs.json" "$T/ours.json" ||
    fail "$1: the verdicts differ"
}
same 'after the first run'

# Their state is read by us, ours by them: what is still to come is all that is looked at again.
cp "$T/theirs.json" "$T/mixed.json"
expect_status 1 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/mixed.json"
expect_text "$T/out" '9 matched'
expect_status 1 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/ours.json" --json
tail -n 1 "$T/out" | grep -q '"skipped":9,' || fail "what matched is not skipped: $(tail -n 1 "$T/out")"
cp -a "$T/whole/." "$T/part"
python3 "$T/validate.py" "$T/part" "$T/hashes.json" "$T/ours.json"
expect_status 0 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/ours.json" --json
python3 "$T/validate.py" "$T/part" "$T/hashes.json" "$T/theirs.json"
same 'when all is there'

# A file that changed since is not believed; nor is anything after --max-age.
expect_status 0 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/ours.json"
expect_text "$T/out" '15 skipped'
printf y | dd of="$T/part/model.safetensors" bs=1 seek=5 conv=notrunc status=none
expect_status 1 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/ours.json"
expect_text "$T/out" 'model.safetensors  unmatched'
cp -a "$T/whole/model.safetensors" "$T/part"
expect_status 0 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/ours.json" --max-age 1d
expect_text "$T/out" '14 skipped'
expect_status 0 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/ours.json" --max-age 0
expect_text "$T/out" '15 matched'

# An interrupted run keeps what it found, and the next one goes on behind it.
use_memory
mkdir "$memory/many"
head -c 4194304 /dev/urandom >"$T/block"
for number in $(seq 100); do { echo "$number" && cat "$T/block"; } >"$memory/many/$number"; done
(cd "$memory/many" && sha256sum ./*) >"$T/many"
for delay in 0.4 0.2 0.1 0.05 0.02; do
  rm -f "$T"/many.json*
  status=0
  timeout -s INT "$delay" env MODELCACHE_SHA256=openssl verify-sha "$memory/many" --manifest "$T/many" --state "$T/many.json" -j1 \
    >"$T/out" 2>"$T/err" || status=$?
  [ ! -s "$T/many.json" ] || [ "$(grep -c '"matched"' "$T/many.json")" -eq 100 ] || break
done
done_first=$(grep -c '"matched"' "$T/many.json") || fail "no run was interrupted halfway: this proves nothing"
[ "$status" -ne 0 ] && [ "$done_first" -lt 100 ] || fail "the run was not interrupted"
expect_text "$T/out" 'not checked'
expect_status 0 verify-sha "$memory/many" --manifest "$T/many" --state "$T/many.json"
expect_text "$T/out" "$done_first skipped"

# The state may lie among the files; it is none of them.
expect_status 0 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/part/state.json"
expect_status 0 verify-sha "$T/part" --manifest "$T/hashes.json" --state "$T/part/state.json"
expect_text "$T/out" '0 extra, 15 skipped'
