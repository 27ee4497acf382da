#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills a program at random times, runs it once more, and counts what both runs wrote.

    random_kills.py --size BYTES --largest BYTES --workers N --top DIR [--times N] [--seed N] --check COMMAND -- PROGRAM ARGUMENT...

{target} in COMMAND and the arguments is a directory of DIR that is fresh for each time. COMMAND judges what the second run left and ends
with 0. Exit 1: something was wrong, one line each.
"""

import argparse
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time

# 16 MiB, and the content that makes a batch full.
LARGEST_BATCH = (16 << 20) + (256 << 10)


def written(process):
    """Bytes that a stopped or ended process has written, by whatever call."""
    with open(f"/proc/{process.pid}/io") as file:
        return int(next(line for line in file if line.startswith("wchar:")).split()[1])


def temporaries(top):
    return [
        os.path.join(base, name)
        for base, _, names in os.walk(top)
        for name in names
        if name.endswith(".incomplete") or "modelcache.tmp" in base or "/.modelcache/tmp" in base
    ]


class Kills:
    def __init__(self, arguments):
        self.arguments = arguments
        self.problems = []
        self.killed = self.went_on = 0
        self.random = random.Random(arguments.seed)

    def start(self, target):
        words = [word.replace("{target}", target) for word in self.arguments.program]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def to_the_end(self, target):
        """Bytes written by a run that is left alone."""
        process = self.start(target)
        error = process.stderr.read()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        size = written(process)
        if process.wait() != 0:
            self.problems.append(f"a run ends with {process.returncode}: {error.decode()}")
        return size

    def killed_after(self, target, seconds):
        process = self.start(target)
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        size = written(process)
        process.kill()
        process.stderr.close()
        self.killed += process.wait() == -signal.SIGKILL
        return size

    def judge(self, number, target, first):
        limit = self.arguments.size * 11 // 10 + self.arguments.largest
        # Small contents wait together for their names; what waits is bounded in all, not by the number of workers.
        small = [path for path in temporaries(target) if "/.modelcache/tmp/batch/" in path]
        if (waiting := sum(map(os.path.getsize, small))) > LARGEST_BATCH:
            self.problems.append(f"time {number}: {waiting} bytes of small contents stay")
        left = [path for path in temporaries(target) if path not in small]
        if len(left) > self.arguments.workers:
            self.problems.append(f"time {number}: {len(left)} temporaries stay for {self.arguments.workers} workers: {left}")
        second = self.to_the_end(target)
        if first + second > limit:
            self.problems.append(f"time {number}: {first} and {second} bytes were written, more than {limit}")
        self.went_on += second < self.arguments.size * 9 // 10
        if temporaries(target):
            self.problems.append(f"time {number}: the next run leaves {temporaries(target)}")
        told = subprocess.run(shlex.split(self.arguments.check.replace("{target}", target)), capture_output=True)
        if told.returncode != 0:
            self.problems.append(f"time {number}: {told.stdout.decode()}{told.stderr.decode()}")

    def main(self):
        target = os.path.join(self.arguments.top, "target")
        for number in range(self.arguments.times + 1):
            shutil.rmtree(target, ignore_errors=True)
            os.mkdir(target)
            if number == 0:
                start = time.monotonic()
                size = self.to_the_end(target)
                duration = time.monotonic() - start
                if size < self.arguments.size:
                    sys.exit(f"only {size} bytes are counted: nothing would be proved")
            else:
                self.judge(number, target, self.killed_after(target, self.random.uniform(0, duration)))
        print(f"{self.killed} of {self.arguments.times} runs were killed, {self.went_on} went on from what was there")
        print("\n".join(self.problems[:20]), end="\n" if self.problems else "")
        if self.killed < self.arguments.times * 6 // 10 or self.went_on < self.arguments.times * 2 // 10:
            sys.exit("too few runs were killed on their way: nothing was proved")
        sys.exit(1 if self.problems else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("size", "largest", "workers"):
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("--top", required=True)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", required=True)
    parser.add_argument("program", nargs="+")
    Kills(parser.parse_args()).main()


if __name__ == "__main__":
    main()
