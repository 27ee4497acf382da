#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No file name steers a terminal, forges a line or breaks a record; with -0 and in JSON its bytes come back exactly.
. "$(dirname "$0")/lib.sh"

python3 - "$T" <<'PY'
import hashlib, os, sys
root = sys.argv[1].encode() + b"/hub/models--org--odd"
commit = b"1" * 40
names = [b"new\nline", b"tab\there", b"esc\x1b]52;c;x\x07", b"cr\rx", b"\xff\xfe", "rlo\u202etxt".encode(), b"-rf", b"*", b"a" * 255,
         b"/".join([b"d" * 200] * 15) + b"/deep", b"back\\slash", "zero\u200bwidth".encode()]
os.makedirs(root + b"/blobs"); os.makedirs(root + b"/refs")
blob = hashlib.sha1(b"blob 2\0{}").hexdigest().encode()
open(root + b"/blobs/" + blob, "wb").write(b"{}")
open(root + b"/refs/main", "wb").write(commit)
top = root + b"/snapshots/" + commit
os.makedirs(top)
os.chdir(top)
for name in names:
    parts = name.split(b"/")
    for part in parts[:-1]:
        os.makedirs(part, exist_ok=True); os.chdir(part)
    os.symlink(b"../" * (len(parts) + 1) + b"blobs/" + blob, parts[-1])
    os.chdir(top)
open(sys.argv[1] + "/names", "wb").write(b"\0".join(sorted(names)))
PY

expect_status 0 cache-scan "hf:$T/hub" --files
python3 - "$T/out" <<'PY' || fail "text output lets a name through"
import sys, unicodedata
data = open(sys.argv[1], "rb").read()
lines = data.decode("utf-8").split("\n")
files = [line for line in lines if "@1111" in line]
assert len(files) == 12, len(files)
bad = [c for c in data.decode() if (unicodedata.category(c) in ("Cc", "Cf") and c != "\n")]
assert not bad, bad
PY
expect_status 0 cache-scan "hf:$T/hub" --files -0
python3 - "$T/out" "$T/names" <<'PY' || fail "-0 does not give the bytes back"
import sys
got = sorted(path.split(b"/snapshots/" + b"1" * 40 + b"/", 1)[1] for path in open(sys.argv[1], "rb").read().split(b"\0") if path)
assert got == open(sys.argv[2], "rb").read().split(b"\0"), got
PY
expect_status 0 cache-scan "hf:$T/hub" --files --json
python3 - "$T/out" "$T/names" <<'PY' || fail "JSON does not give the bytes back"
import base64, json, sys
got = []
for line in open(sys.argv[1], "rb"):
    record = json.loads(line)
    if record["record"] == "file":
        got.append(base64.b64decode(record["path_b64"]) if "path_b64" in record else record["path"].encode())
assert sorted(got) == open(sys.argv[2], "rb").read().split(b"\0"), got
PY
