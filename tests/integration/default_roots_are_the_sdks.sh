#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever the environment says, "aistudio:" and "modelscope:" are where the SDKs look: each environment is asked of both.
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/work/real/hub" "$T/work/here"
ln -s real "$T/work/link"
cd "$T/work"

# same_root LAYOUT CLIENT VARIABLE FUNCTION
same_root() {
  "$clients/$2/bin/python" - "$1" "$3" "$4" <<'PY' || fail "$1: is elsewhere than $2 looks"
import importlib, json, os, re, subprocess, sys

layout, variable, function = sys.argv[1:]
module, name = function.rsplit(".", 1)
ask = getattr(importlib.import_module(module), name)
values = (None, "/a", "/a//b/", "", "~", "~/x", "~root/x", "~nosuchuser/x", "$HOME/x", "relative", "./here/../other/", "link", "link/new", " ", ".", "..")
path, python_home = os.environ["PATH"], os.environ["HOME"]

def of_the_sdk(environment):
    os.environ.clear()
    os.environ.update(environment)
    found = ask()
    return os.path.realpath(getattr(found, "cache_dir", found))

def of_cache_scan(environment):
    ran = subprocess.run(["cache-scan", "--json", layout + ":"], capture_output=True, text=True, env=environment | {"PATH": path})
    for record in map(json.loads, ran.stdout.splitlines()):
        if record["record"] == "cache":
            return record["path"]
        if record["record"] == "summary" and ran.returncode == 4:
            return re.search(r"'(.*)'", record["message"])[1]
    return f"status {ran.returncode}: {ran.stdout}{ran.stderr}"

seen = set()
for value in values:
    for home in ("/h", "/h/", python_home):
        environment = {"HOME": home} | ({} if value is None else {variable: value})
        try:
            wanted = of_the_sdk(environment)
        except RuntimeError:  # modelscope knows no such user, and ends
            assert value == "~nosuchuser/x", environment
            continue
        got = of_cache_scan(environment)
        assert got == wanted, f"{environment}: the SDK looks in {wanted}, cache-scan in {got}"
        seen.add(wanted)
assert len(seen) > 12, f"only {len(seen)} different roots: nothing was proved"
PY
}
same_root aistudio studio AISTUDIO_CACHE_HOME aistudio_sdk.file_download.get_aistudio_cache_dir
same_root modelscope scope2 MODELSCOPE_CACHE modelscope_hub.config.HubConfig
