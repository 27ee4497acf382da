#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An index of 100,000 entries, read and written beside Python's pickle.load and pickle.dump, in turns; in
milliseconds of the processor, so that a busy machine does less to them.

usage: pickle_bench.py [PROGRAM [ENTRIES [ROUNDS]]]    default: build/release/bin/pickle_bench 100000 7
"""
import gc
import hashlib
import io
import os
import pickle
import subprocess
import sys
import tempfile
import time


def index(entries):
    for number in range(entries):
        digest = hashlib.sha1(b"%d" % number).hexdigest()
        yield {"Path": f"data/{digest[:2]}/part-{number:06d}.safetensors", "Revision": digest}


def milliseconds(work):
    # Python's collector would only stand in its way here.
    gc.disable()
    start = time.process_time()
    work()
    took = (time.process_time() - start) * 1000
    gc.enable()
    return took


def main():
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(top, "build", "release", "bin", "pickle_bench")
    entries = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    values = list(index(entries))
    data = pickle.dumps(values, 4)
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        loads, dumps, ours = [], [], []
        for _ in range(rounds):
            loads.append(min(milliseconds(lambda: pickle.load(io.BytesIO(data))) for _ in range(5)))
            dumps.append(min(milliseconds(lambda: pickle.dump(values, io.BytesIO(), 4)) for _ in range(5)))
            ours.append([float(word) for word in subprocess.check_output([program, file.name, "5"]).split()])
    load, dump = min(loads), min(dumps)
    as_pickle, as_index, written = (min(column) for column in zip(*ours))
    print(f"{entries} entries, {len(data)} bytes, best of {5 * rounds}")
    for name, took, python in (("read as a pickle", as_pickle, load), ("read as an index", as_index, load), ("written", written, dump)):
        print(f"{name:18} {took:7.1f} ms   Python {python:7.1f} ms   ratio {took / python:.2f}")


if __name__ == "__main__":
    main()
