#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No file name steers a terminal, forges a line or breaks a record; with -0 and in JSON its bytes come back exactly.
. "$(dirname "$0")/lib.sh"

python3 - "$T" <<'PY'
import hashlib, os, sys
root = sys.argv[1].encode() + b"/hub/models--org--odd"
commit = b"1" * 40
names = [b"new\nline", b"tab\there", b"esc\x1b]52;c;x\x07", b"cr\rx", b"\xff\xfe", "rlo\u202etxt".encode(), b"-rf", b"*", b"a" * 255,
         b"/".join([b"d" * 200] * 15) + b"/deep",
         b"/".join([b"e" * 200] * 20) + b"/" + b"f" * 75, b"back\\slash", "zero\u200bwidth".encode()]
os.makedirs(root + b"/blobs"); os.makedirs(root + b"/refs")
blob = hashlib.sha1(b"blob 2\0{}").hexdigest().encode()
open(root + b"/blobs/" + blob, "wb").write(b"{}")
open(root + b"/refs/main", "wb").write(commit)
top = root + b"/snapshots/" + commit
os.makedirs(top)
os.chdir(top)
beyond = b"/".join([b"g" * 250] * 40) + b"/file"  # no system call takes this path
for name in [*names, beyond]:
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
assert len(files) == 13, len(files)
bad = [c for c in data.decode() if (unicodedata.category(c) in ("Cc", "Cf") and c != "\n")]
assert not bad, bad
PY
expect_status 0 cache-scan "hf:$T/hub" --check
expect_text "$T/err" stray_entry
[ "$(wc -l <"$T/err")" -eq 1 ] || fail "the path that is too long is told in $(wc -l <"$T/err") lines"
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

# On a terminal, in colour: no control bytes but our own colours and line ends. One name is a broken link, so that findings show too.
ln -s ../../blobs/gone "$(printf '%s/hub/models--org--odd/snapshots/%s/bad\033[2J\nname' "$T" "$(printf '1%.0s' {1..40})")"
for words in '--files --check' '-v --check' '--ready org/odd' '--lookup org/odd back\\slash' '--find 9e26dfeeb6e641a33dae4961196235bdb965b21b'; do
  script -qec "cache-scan 'hf:$T/hub' $words --color always" "$T/screen" >/dev/null </dev/null || true
  python3 - "$T/screen" "$words" <<'PY' || fail "$words lets a name reach the terminal"
import re, sys, unicodedata
text = open(sys.argv[1], "rb").read().decode("utf-8")
lines = text.split("\n")[1:-2]  # without script's own first and last
shown = re.sub(r"\x1b\[(0|31|32|33)m", "", "\n".join(lines)).replace("\r\n", "\n").rstrip("\r")
bad = [c for c in shown if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
assert not bad, (sys.argv[2], bad, shown)
assert len(shown) > 5, (sys.argv[2], text)
if "--check" in sys.argv[2]:
    assert "\x1b[31merror\x1b[0m" in text and "bad\\e[2J\\nname" in shown, text
PY
done

rm "$T/hub/models--org--odd/snapshots"/*/*bad*
# verify-sha: of a cache where one content is damaged, of a directory, and on a terminal.
shown_safely() { # WHAT: of what was printed
  python3 - "$T/out" "$T/err" "$1" <<'PY' || fail "$1 lets a name through"
import sys, unicodedata
for name in sys.argv[1:3]:
    bad = [c for c in open(name, "rb").read().decode("utf-8") if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
    assert not bad, (sys.argv[3], bad)
PY
}
printf '[]' >"$T/hub/models--org--odd/blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b"
expect_status 1 verify-sha "hf:$T/hub"
shown_safely verify-sha
[ "$(grep -c '^org/odd@1111111/.*  unmatched, please download again$' "$T/out")" -eq 13 ] || fail "a name breaks a line: $(cat "$T/out")"
expect_status 1 verify-sha "hf:$T/hub" -0
python3 - "$T/out" "$T/names" <<'PY' || fail "verify-sha -0 does not give the bytes back"
import sys
prefix = b"org/odd@1111111/"
got = sorted(one.removeprefix(prefix) for one in open(sys.argv[1], "rb").read().split(b"\0") if one.startswith(prefix))
assert got == open(sys.argv[2], "rb").read().split(b"\0"), got
PY
expect_status 1 verify-sha "hf:$T/hub" --json
shown_safely 'verify-sha --json'
python3 - "$T/out" "$T/names" <<'PY' || fail "verify-sha --json does not give the bytes back"
import base64, json, sys
records = [json.loads(line) for line in open(sys.argv[1], "rb")]
got = [base64.b64decode(one["path_b64"]) if "path_b64" in one else one["path"].encode() for one in records if one["record"] == "file" and one["commit"]]
assert sorted(got) == open(sys.argv[2], "rb").read().split(b"\0"), got
PY
script -qec "verify-sha 'hf:$T/hub' --color always" "$T/screen" >/dev/null </dev/null || true
sed '1d;$d' "$T/screen" | sed 's/\x1b\[\(0\|31\|32\|33\)m//g; s/\r$//; s/\r\x1b\[K//g' >"$T/out"
shown_safely 'verify-sha on a terminal'
expect_text "$T/out" 'unmatched, please download again'
printf '{}' >"$T/hub/models--org--odd/blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b"

# Into a directory and back: every name arrives as it is, and none is shown raw.
expect_status 0 cache2dir org/odd "$T/dir" --from "hf:$T/hub" --json
shown_safely cache2dir
python3 - "$T/dir" "$T/names" <<'PY' || fail "cache2dir does not write the bytes of the names"
import os, sys
top, got = sys.argv[1].encode(), []
def walk(path):
    os.chdir(path)
    for entry in list(os.scandir(b".")):
        name = entry.name
        if entry.is_dir(follow_symlinks=False):
            if not (where == [] and name == b".cache"):
                where.append(name)
                walk(name)
                where.pop()
                os.chdir(b"..")
        else:
            got.append(b"/".join([*where, name]))
where = []
walk(top)
assert sorted(got) == open(sys.argv[2], "rb").read().split(b"\0"), got
PY
printf '%s' "$(printf '1%.0s' {1..40})" >"$T/dir/$(printf 'evil\033[2J\nname')"
expect_status 0 dir2cache "$T/dir" --to "hf:$T/back"
shown_safely dir2cache
expect_status 0 dir2cache "$T/dir" --to "hf:$T/back" --json
shown_safely 'dir2cache --json'
expect_status 0 cache-scan "hf:$T/back" --files -0
python3 - "$T/out" "$T/names" <<'PY' || fail "dir2cache does not keep the bytes of the names"
import re, sys
got = sorted(re.sub(rb"\A.*/snapshots/[0-9a-f]{40}/", b"", path, flags=re.S) for path in open(sys.argv[1], "rb").read().split(b"\0") if path)
wanted = sorted([*open(sys.argv[2], "rb").read().split(b"\0"), b"evil\x1b[2J\nname"])
assert got == wanted, got
PY

# From one cache into another, in each form, and into a clone.
for words in '' --json '--cache-layout files' '--cache-layout files --json'; do
  rm -rf "$T/copied"
  # shellcheck disable=SC2086
  expect_status 0 cache2cache --from "hf:$T/hub" --to "hf:$T/copied" $words
  shown_safely "cache2cache $words"
  expect_status 0 cache-scan "hf:$T/copied" --files -0
  python3 - "$T/out" "$T/names" <<'PY' || fail "cache2cache $words does not keep the bytes of the names"
import re, sys
got = sorted(re.sub(rb"\A.*/snapshots/[0-9a-f]{40}/", b"", path, flags=re.S) for path in open(sys.argv[1], "rb").read().split(b"\0") if path)
assert got == open(sys.argv[2], "rb").read().split(b"\0"), got
PY
done
expect_status 0 cache2clone org/odd "$T/clone" --from "hf:$T/hub" --worktree none --json
shown_safely cache2clone
git -C "$T/clone" ls-tree -rz --name-only HEAD >"$T/in-git"
python3 - "$T/in-git" "$T/names" <<'PY' || fail "cache2clone does not keep the bytes of the names"
import sys
assert sorted(filter(None, open(sys.argv[1], "rb").read().split(b"\0"))) == open(sys.argv[2], "rb").read().split(b"\0")
PY
expect_status 0 cache2clone org/odd "$T/with-files" --from "hf:$T/hub"
shown_safely 'cache2clone with files'

ln -s /etc/passwd "$T/dir/$(printf 'li\033[31mnk')"
expect_status 6 dir2cache "$T/dir" --to "hf:$T/back"
expect_text "$T/err" 'li\e[31mnk'
shown_safely 'a refusal of dir2cache'
# A finding of cache2cache: a broken link of an evil name.
ln -s ../../blobs/gone "$(printf '%s/hub/models--org--odd/snapshots/%s/bad\033[2J\nname' "$T" "$(printf '1%.0s' {1..40})")"
rm -rf "$T/copied"
expect_status 6 cache2cache --from "hf:$T/hub" --to "hf:$T/copied"
expect_text "$T/err" 'bad\e[2J\nname'
shown_safely 'a refusal of cache2cache'
