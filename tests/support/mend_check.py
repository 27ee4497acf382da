#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether a place that was being mended is sound: every file is what it was before, or what it is in the healthy place; nothing else is
there but staging and locks.

    mend_check.py TARGET HEALTHY BEFORE [QUARANTINE]    with QUARANTINE: what is missing in TARGET must be there
    mend_check.py --listing TARGET
"""

import hashlib
import pathlib
import re
import sys

import mend_damage

STAGING = re.compile(r"(\A|/)(\.modelcache/tmp|\.cache/huggingface/modelcache\.tmp|\.[^/]*\.modelcache)(/|\Z)")


def main():
    if sys.argv[1] == "--listing":
        for name, (kind, content) in mend_damage.look(pathlib.Path(sys.argv[2])).items():
            content = content if isinstance(content, str) else hashlib.sha256(content).hexdigest()
            print(name, kind, content)
        return
    target, healthy, before = (mend_damage.look(pathlib.Path(place)) for place in sys.argv[1:4])
    wrong = [
        name
        for name, value in target.items()
        if value not in (healthy.get(name), before.get(name)) and not STAGING.search(name) and not name.startswith("aside/")
    ]
    kept = {value[1] for name, value in target.items() if name.startswith("aside/")}
    lost = [name for name in before if name not in target and not (len(sys.argv) > 4 and before[name][1] in kept)]
    if wrong or lost:
        sys.exit(f"neither old nor new: {wrong}; lost: {lost}")


if __name__ == "__main__":
    main()
