#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills a program, or fails it, at every system call that can change something; then checks what it left.

strace injects the fault into the program that users run. `when=N` counts per system call name and thread, so the program runs with one
worker and every pair (name, n) of a plain run is tried. Calls before the program first touches its target belong to its start and are
left out.

    fault_loop.py kill  --target DIR --check 'COMMAND {target}' --listing 'COMMAND {target}' -- PROGRAM ARGUMENT...
    fault_loop.py errno --errors EIO,ENOSPC ... (the same)

{target} in the program's arguments is the directory it writes; every run starts without it.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MUTATING = (
    "open,openat,openat2,write,pwrite64,copy_file_range,ioctl,fallocate,ftruncate,fsync,fdatasync,close,rename,renameat,renameat2,"
    "link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,chmod,fchmod,fchmodat,flock,sync_file_range"
)
# What an optional call may answer without the run being worse for it.
HINTS = {"sync_file_range", "ioctl", "fallocate", "copy_file_range", "close"}


class Loop:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="modelcache-fault."))
        self.failures = []
        self.fired = 0
        self.environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0", "LC_ALL": "C"}

    def command(self, words, target):
        return [word.replace("{target}", str(target)) for word in words]

    def run(self, words, target, **options):
        return subprocess.run(self.command(words, target), capture_output=True, text=True, env=self.environment, timeout=60, **options)

    def points(self):
        """(name, n, whether it reads the clone) of every call from the first that names the target on."""
        target = self.work / "baseline"
        log = self.work / "baseline.log"
        done = self.run(["strace", "-f", "-qq", "-y", "-o", str(log), "-e", f"trace={MUTATING}", *self.arguments.program], target)
        if done.returncode != 0:
            sys.exit(f"the program fails without a fault: {done.stderr}")
        self.golden = self.listing(target)
        counts, points, started = {}, [], False
        for line in log.read_text().splitlines():
            found = re.match(r"(?:\d+ +)?(\w+)\(", line)
            if not found:
                continue
            name = found[1]
            counts[name] = counts.get(name, 0) + 1
            started = started or str(self.work) in line
            if started:
                points.append((name, counts[name], "/.git/" in line or "/.git>" in line))
        return points

    def listing(self, target):
        return self.run(self.arguments.listing.split(), target, check=True).stdout

    def sound(self, target):
        return self.run(self.arguments.check.split(), target)

    def fail(self, where, what):
        self.failures.append(f"{where}: {what}")

    def inject(self, number, name, rule):
        target = self.work / f"target-{number}"
        log = self.work / f"log-{number}"
        words = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={name}", "-e", f"inject={name}:{rule}"]
        done = self.run([*words, *self.arguments.program], target)
        text = log.read_text(errors="replace") if log.exists() else ""
        return target, done, text

    def kill_at(self, number, name, n):
        where = f"killed at {name} {n}"
        target, done, _ = self.inject(number, name, f"signal=KILL:when={n}")
        # strace dies of the signal that its child died of.
        self.fired += done.returncode in (-9, 137)
        checked = self.sound(target)
        if checked.returncode != 0:
            self.fail(where, f"left {checked.stdout.strip()}")
        self.rerun(where, target)

    def rerun(self, where, target):
        again = self.run(self.arguments.program, target)
        if again.returncode != 0:
            return self.fail(where, f"the next run ends with {again.returncode}: {again.stderr.strip()}")
        listing = self.listing(target)
        if listing != self.golden:
            different = set(listing.splitlines()) ^ set(self.golden.splitlines())
            self.fail(where, f"the next run does not finish the job: {sorted(different)}")
        shutil.rmtree(target, ignore_errors=True)

    def fail_at(self, number, name, n, error, persistent):
        where = f"{error} at {name} {n}{'+' if persistent else ''}"
        target, done, text = self.inject(number, name, f"error={error}:when={n}{'+' if persistent else ''}")
        fired = "(INJECTED)" in text
        self.fired += fired
        if not fired:
            return
        if done.returncode == 0:
            # Staging that could not be tidied away is the next run's work; all else must be there.
            rest = [line for line in self.listing(target).splitlines() if "/.modelcache" not in line]
            if name not in HINTS and rest != self.golden.splitlines():
                self.fail(where, "exit 0, but the job is not done")
        elif error == "EINTR":
            self.fail(where, f"an interrupted call ends the run: {done.stderr.strip()}")
        elif done.returncode not in (3, 6):
            self.fail(where, f"exit {done.returncode}: {done.stderr.strip()}")
        elif "cannot" not in done.stderr and name != "write":
            self.fail(where, f"says nothing of use: {done.stderr.strip()}")
        checked = self.sound(target)
        if checked.returncode != 0:
            self.fail(where, f"left {checked.stdout.strip()}")
        self.rerun(where, target)

    def jobs(self):
        points = self.points()[:: self.arguments.stride]
        if self.arguments.mode == "kill":
            return [(self.kill_at, name, n) for name, n, _ in points]
        return [
            (self.fail_at, name, n, error, persistent)
            for name, n, reads_clone in points
            for error in self.arguments.errors.split(",")
            for persistent in (False, True)
            # libgit2 does not ask again when it is interrupted; every call of ours does.
            if not (error == "EINTR" and (persistent or reads_clone))
        ][:: self.arguments.sample]

    def main(self):
        jobs = self.jobs()
        with concurrent.futures.ThreadPoolExecutor(self.arguments.workers) as pool:
            futures = [pool.submit(job[0], number, *job[1:]) for number, job in enumerate(jobs)]
            for future in futures:
                future.result()
        share = self.fired / len(jobs) if jobs else 0
        print(f"{len(jobs)} faults, {self.fired} fired ({share:.0%}), {len(self.failures)} failures")
        for failure in self.failures[:40]:
            print(" ", failure)
        wanted = 0.9 if self.arguments.mode == "kill" else 0.5
        if share < wanted:
            print("too few faults fired: nothing was proved")
        if self.failures or share < wanted:
            print("kept:", self.work)
            sys.exit(1)
        shutil.rmtree(self.work, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["kill", "errno"])
    parser.add_argument("--check", required=True)
    parser.add_argument("--listing", required=True)
    parser.add_argument("--errors", default="EIO")
    parser.add_argument("--stride", type=int, default=1, help="every Nth system call only")
    parser.add_argument("--sample", type=int, default=1, help="every Nth fault only")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("program", nargs="+")
    Loop(parser.parse_args()).main()


if __name__ == "__main__":
    main()
