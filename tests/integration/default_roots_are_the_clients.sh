#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever the environment says, cache-scan looks where huggingface_hub does: each environment is asked of both.
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/work/real/hub" "$T/work/here"
ln -s real "$T/work/link"
cd "$T/work"
"$clients/hf2/bin/python" - "$T/work" <<'PY' || fail "cache-scan looks elsewhere than the client"
import importlib, itertools, json, os, re, subprocess, sys
from huggingface_hub import constants

work = sys.argv[1]
names = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")
values = ("/a", "/a//b/", "", "~", "~/x", "~root/x", "~nosuchuser/x", "~root", "/a/~", "$A", "${A}/x", "$HOME/x", "$A$B", "$C", "$D/x", "$E", "/a/$UNSET/x",
          "${A", "$", "$$A", "${}", "${$A}", "$A.x", "$1", "~/$B", "relative", "./here/../other/", "link", "link/new", "link/../here", " ", "a b", "here", ".", "..")
spare = {"A": "/v", "B": "w", "C": "~/z", "D": "$B", "E": ""}
homes = ("/h", "", "/", "/h/", "h", "~", "$A", None)

environments = [{name: value, "HOME": "/h"} for name in names for value in values]
environments += [{"HOME": home} for home in homes]
environments += [{name: value, "HOME": home} for name in names for value in ("~", "~/x", "$HOME/x") for home in homes]
environments += [dict(zip(names, chosen), HOME="/h") for chosen in itertools.product(("/1", ""), ("/2", ""), ("/3", ""), ("/4", ""))]
environments += [{name: f"/{name}" for name in chosen} | {"HOME": "/h"} for size in range(5) for chosen in itertools.combinations(names, size)]

def of_the_client(environment):
    os.environ.clear()
    os.environ.update(environment)
    return os.path.realpath(importlib.reload(constants).HF_HUB_CACHE)

def of_cache_scan(environment):
    ran = subprocess.run(["cache-scan", "--json", "hf:"], capture_output=True, text=True, env=environment | {"PATH": path})
    for record in map(json.loads, ran.stdout.splitlines()):
        if record["record"] == "cache":
            return record["path"]
        if record["record"] == "summary" and ran.returncode == 4:
            return re.search(r"'(.*)'", record["message"])[1]
    return f"status {ran.returncode}: {ran.stdout}{ran.stderr}"

path = os.environ["PATH"]
seen, wrong = set(), 0
for environment in environments:
    environment = {name: value for name, value in (environment | spare).items() if value is not None}
    wanted = of_the_client(environment)
    got = of_cache_scan(environment)
    seen.add(wanted)
    if got != wanted:
        wrong += 1
        print(f"{environment}: the client looks in {wanted}, cache-scan in {got}", file=sys.stderr)
assert wrong == 0, f"{wrong} of {len(environments)} environments"
assert len(seen) > 60, f"only {len(seen)} different roots: nothing was proved"
PY
