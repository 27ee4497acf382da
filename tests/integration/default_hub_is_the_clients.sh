#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever the environment says, we ask the hub that huggingface_hub asks, with its token, and ask none where it asks none.
#
# usage: default_hub_is_the_clients.sh [PATH/TO/hub_listing_answers]
. "$(dirname "$0")/lib.sh"

answers=$(realpath "${1:-$top/build/dev/tests/hub_listing_answers}")
mkdir -p "$T/work/h/.cache/huggingface" "$T/work/h/.cache/huggingface_staging" "$T/work/xdg/huggingface" "$T/work/hf" "$T/work/here"
cd "$T/work"
printf ' of-home\n' >h/.cache/huggingface/token
printf 'of-staging' >h/.cache/huggingface_staging/token
printf 'of-\r\nxdg\r\n' >xdg/huggingface/token
printf '\n\tof-hf-home \n\n' >hf/token
printf 'of-here' >here/mine
printf ' \n' >here/blank
: >here/empty
printf '\u00a0\u2003of-odd-blanks\u3000\u0085\x1f' >here/odd
ln -s mine here/link
ln -s nothing here/dangling
"$clients/hf2/bin/python" - "$T/work" "$answers" <<'PY' || fail "we ask another hub than the client"
import importlib, itertools, os, subprocess, sys
from huggingface_hub import constants
from huggingface_hub.utils._headers import get_token_to_send

work, answers = sys.argv[1:]
home = {"HOME": f"{work}/h"}
texts = ("", " ", "hf_a", " hf_a\n", "hf_\r\na", "\t", "\u00a0hf_a\u2009", "hf a", "\x1chf_a\x1f", "\u200bhf_a", "\u180ehf_a")
places = ("here/mine", "here/blank", "here/empty", "here/odd", "here/link", "here/dangling", "here/none", "none/at/all", "./here/../here/mine",
          f"{work}/here/mine", "~/.cache/huggingface/token", "$D/mine", "${D}/mine", "$D/$E", "$UNSET/mine", "~nosuchuser/x")
truths = ("", "0", "1", "on", "On", "yes", "YES", "true", "TRUE", "y", "2", "false", " 1", "enable")

environments = [home, {}]
environments += [home | {name: text} for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") for text in texts]
environments += [home | dict(zip(("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH"), chosen))
                 for chosen in itertools.product(("", " ", "hf_a"), ("", " ", "hf_b"), ("here/mine", "here/blank"))]
environments += [home | {"HF_TOKEN_PATH": place} for place in places]
environments += [home | {"HF_HOME": place} for place in ("hf", f"{work}/hf", "$D/../hf", "none", "~/.cache/huggingface", "$X/hf")]
environments += [home | {"XDG_CACHE_HOME": place} for place in ("xdg", "", f"{work}/xdg/", "none")]
environments += [home | {"HF_HOME": "hf", "XDG_CACHE_HOME": "xdg"}, home | {"HF_HOME": "hf", "HF_TOKEN_PATH": "here/mine"}]
environments += [home | {"HF_TOKEN": "hf_a", "HF_HUB_DISABLE_IMPLICIT_TOKEN": word} for word in truths]
environments += [home | {"HUGGINGFACE_CO_STAGING": word, "HF_ENDPOINT": "http://other", "HF_TOKEN_PATH": "here/mine"} for word in truths]
environments += [home | {"HF_ENDPOINT": url} for url in ("http://a", "http://a/", "https://a:1/b//", "", "/", "a")]
environments += [home | {"HF_HUB_OFFLINE": word} for word in truths]
environments += [home | {"TRANSFORMERS_OFFLINE": word} for word in truths]
environments += [home | {"HF_HUB_OFFLINE": one, "TRANSFORMERS_OFFLINE": other} for one in ("", "0", "1") for other in ("", "0", "1")]
spare = {"D": f"{work}/here", "E": "mine", "X": "$D/..", "LC_ALL": "C.UTF-8"}

def of_the_client(environment):
    os.environ.clear()
    os.environ.update(environment)
    module = importlib.reload(constants)
    return [module.ENDPOINT, get_token_to_send(None) or "", "offline" if module.HF_HUB_OFFLINE else "online"]

def ours(environment):
    ran = subprocess.run([answers], capture_output=True, text=True, env=environment)
    return ran.stdout.split("\n")[:-1] if ran.returncode == 0 else [ran.stderr]

os.environ["PYTHONUTF8"] = "1"
seen, wrong = set(), 0
for environment in environments:
    environment = environment | spare
    wanted, got = of_the_client(environment), ours(environment)
    seen.add(tuple(wanted))
    if got != wanted:
        wrong += 1
        print(f"{environment}: the client says {wanted}, we say {got}", file=sys.stderr)
assert wrong == 0, f"{wrong} of {len(environments)} environments"
assert len(seen) > 15, f"only {len(seen)} different answers: nothing was proved"
PY
