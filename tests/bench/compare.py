#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times commands in turn, A B A B ..., and prints medians, ratios to the first and peak memory.

    compare.py [--runs 7] NAME=COMMAND...      each COMMAND is run by sh; its output is thrown away
    --before COMMAND                           runs before each timed run, untimed
"""

import argparse
import os
import statistics
import subprocess
import time


def run(command):
    """Wall seconds and peak memory in KiB."""
    start = time.perf_counter()
    child = subprocess.Popen(["sh", "-c", "exec " + command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{command}: status {status}")
    return seconds, usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--before")
    parser.add_argument("commands", nargs="+")
    arguments = parser.parse_args()
    commands = [text.split("=", 1) for text in arguments.commands]
    times = {name: [] for name, _ in commands}
    memory = dict.fromkeys(times, 0)
    for turn in range(arguments.runs + 1):
        for name, command in commands:
            if arguments.before:
                subprocess.run(["sh", "-c", arguments.before], check=True)
            seconds, peak = run(command)
            if turn > 0:  # the first one warms up
                times[name].append(seconds)
                memory[name] = max(memory[name], peak)
    first = statistics.median(times[commands[0][0]])
    for name, _ in commands:
        median = statistics.median(times[name])
        low, high = min(times[name]), max(times[name])
        print(f"{name:34} {median * 1000:9.1f} ms ({low * 1000:.1f} to {high * 1000:.1f})  x{median / first:6.2f}  {memory[name] / 1024:7.1f} MiB")


if __name__ == "__main__":
    main()
