#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A listing made to harm is a finding that names what is wrong, and costs cache-scan at most 64 MiB + 4 times the file's size and, of
# the processor, eight times what Python takes to read as much JSON; all else of the cache is still shown, and clone2cache writes a good
# listing instead.
. "$(dirname "$0")/lib.sh"

use_memory
"$top/tests/fault/small_clone.sh" "$T/small"
clone2cache "$T/small/clone" --to "hf:$memory/hub" >/dev/null 2>&1
repo=$memory/hub/models--org--small
listing=$repo/trees/$(cat "$repo/refs/main").json
cp "$listing" "$T/good.json"

python3 - "$memory/hub" "$listing" "$T/good.json" <<'PY' || fail "a hostile listing does harm"
import subprocess, sys
cache, path, good = sys.argv[1:]
blob = '"blob_id": "' + "a" * 40 + '"'
def files(text): return '{"format_version": 1, "files": {' + text + "}}"
def file(name, size="1"): return f'"{name}": {{"size": {size}, {blob}}}'
table = [
    ("arrays a million deep", '{"format_version": 1, "files": {}, "x": ' + "[" * 10**6 + "]" * 10**6 + "}", "32 levels"),
    ("objects a million deep", '{"a":' * 10**6 + "1" + "}" * 10**6, "32 levels"),
    ("a string of 63 MiB", files(file("a"))[:-1] + ', "x": "' + "y" * (63 << 20) + '"}', None),
    ("a name of 63 MiB", files(file("y" * (63 << 20))), "unsafe"),
    ("a file of 65 MiB", " " * (65 << 20), "longer"),
    ("a size of -1", files(file("f", "-1")), "size of 'f'"),
    ("a size of 1.5", files(file("f", "1.5")), "size of 'f'"),
    ("a size of 2^64", files(file("f", str(2**64))), "size of 'f'"),
    ("a size in quotes", files(file("f", '"1"')), "size of 'f'"),
    ("a file twice", files(file("f") + "," + file("f")), "'f' is there twice"),
    ("a key twice", files('"f": {"size": 1, "size": 2, ' + blob + "}"), "'size'"),
    ("NaN", files(file("f", "NaN")), "JSON"),
    ("invalid UTF-8", files(file("f")).encode().replace(b'"f"', b'"\xff"'), "JSON"),
    ("a byte order mark", "\ufeff" + files(file("f")), "byte order mark"),
    ("../x", files(file("../x")), "'../x'"),
    ("/x", files(file("/x")), "'/x'"),
    ("a//b", files(file("a//b")), "'a//b'"),
    ("a/./b", files(file("a/./b")), "'a/./b'"),
    ("NUL", files(file("a\\u0000b")), "unsafe"),
    ("a file and a directory", files(file("a") + "," + file("a/b")), "a file and a directory"),
]
measure = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss * 1024, used.ru_utime + used.ru_stime)
"""
def measured(*command):  # bytes, and seconds of the processor, by the kernel's own count
    memory, seconds = subprocess.run(["python3", "-c", measure, *command], capture_output=True, text=True, check=True).stdout.split()
    return int(memory), float(seconds)
# About a second on two slow cores; machines differ by more than a hostile file may cost.
with open(path, "w") as out:
    out.write(files(file("a"))[:-1] + ', "x": "' + "y" * (63 << 20) + '"}')
peer = min(measured("python3", "-c", "import json, sys; json.load(open(sys.argv[1]))", path)[1] for _ in range(3))
for what, text, reason in table:
    content = text if isinstance(text, bytes) else text.encode()
    with open(path, "wb") as out:
        out.write(content)
    limit = (64 << 20) + 4 * len(content)
    child = subprocess.Popen(["timeout", "10", "cache-scan", "hf:" + cache, "--check"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = child.communicate()
    assert child.returncode in (0, 1), (what, child.returncode, errors[-500:])
    assert "org/small" in output, (what, output)
    if reason:
        assert "tree_unreadable" in errors and reason in errors, (what, errors[-500:])
    assert len(errors) < 10000, (what, len(errors))
    # The least of three, since a busy machine adds to each.
    costs = []
    while not costs or (len(costs) < 3 and (costs[-1][0] > limit or costs[-1][1] > 8 * peer)):
        costs.append(measured("cache-scan", "hf:" + cache))
    assert costs[-1][0] <= limit and costs[-1][1] <= 8 * peer, (what, costs, limit, peer)
PY

printf '{"format_version": 1, "files": {"../x": 1}}' >"$listing"
expect_status 0 clone2cache "$T/small/clone" --to "hf:$memory/hub"
cmp "$listing" "$T/good.json" || fail "a bad listing stays"
