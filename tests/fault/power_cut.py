#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cuts the power while a program writes to a small file system, and looks at what the disk then holds.

A cut is a copy of the image of the mounted file system: what the program did not sync is not in it, or not whole. strace stops the program
after each sync, rename and link; an unrelated file is synced then, which commits the names of others, but not their bytes.

    power_cut.py at-every-step  IMAGE FS [--without-sync] [--check COMMAND] -- PROGRAM ARGUMENT...
    power_cut.py after-exit     IMAGE FS [--without-sync] [--times N] [--check COMMAND --listing COMMAND] -- PROGRAM ARGUMENT...

{target} in the arguments and commands is a new cache on the file system, or what the commands take it for: --check prints what is wrong
and ends with 1 then, --listing prints a line for each name. Exit 1: something was lost, one line each. --without-sync is the control.
"""

import argparse
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import tree_check

SYNCS = "fsync,fdatasync,syncfs,sync_file_range"
NAMES = "rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat"
MAKE = {
    "ext4": (64, ["mkfs.ext4", "-q", "-F"], ",commit=300"),
    "xfs": (320, ["mkfs.xfs", "-q", "-f"], ""),
    "btrfs": (128, ["mkfs.btrfs", "-q", "-f"], ",commit=300"),
}


def run(*words):
    subprocess.run(words, check=True)


class Disk:
    """A mounted image, and copies of it."""

    def __init__(self, image, kind):
        self.image, self.cut = image, image + ".cut"
        self.mounted, self.looked_at = image + ".mounted", image + ".looked-at"
        mebibytes, make, self.options = MAKE[kind]
        # xfs refuses to mount a copy beside its original, which has the same id.
        self.copy_options = ",nouuid" if kind == "xfs" else ""
        for path in (self.mounted, self.looked_at):
            os.makedirs(path, exist_ok=True)
        with open(image, "wb") as file:
            file.truncate(mebibytes << 20)
        subprocess.run([*make, image], check=True, capture_output=True)

    def __enter__(self):
        run("mount", "-o", "loop" + self.options, self.image, self.mounted)
        run("sync", "-f", self.mounted)
        return self

    def __exit__(self, *_):
        run("umount", self.mounted)

    def cut_power(self):
        """Two equal copies in a row are one moment."""
        for _ in range(20):
            for copy in (self.cut, self.cut + ".2"):
                run("cp", "--reflink=never", "--sparse=always", self.image, copy)
            if subprocess.run(["cmp", "-s", self.cut, self.cut + ".2"]).returncode == 0:
                return
        sys.exit("the image never stands still")

    def after_power_cut(self, look):
        self.cut_power()
        run("mount", "-o", "loop" + self.copy_options, self.cut, self.looked_at)
        try:
            return look(self.looked_at)
        finally:
            run("umount", self.looked_at)


class Cutter:
    def __init__(self, arguments):
        self.arguments = arguments
        self.problems = []
        self.cuts = 0

    def command(self, target):
        return [word.replace("{target}", target) for word in self.arguments.program]

    def problems_of(self, target):
        if not self.arguments.check:
            return tree_check.problems(target, after_kill=True)
        told = subprocess.run(shlex.split(self.arguments.check.replace("{target}", target)), capture_output=True, text=True)
        return [] if told.returncode == 0 else (told.stdout + told.stderr).strip().splitlines() or ["the check fails"]

    def listing_of(self, target):
        if not self.arguments.listing:
            return tree_check.listing(target)
        return subprocess.check_output(shlex.split(self.arguments.listing.replace("{target}", target)), text=True).splitlines()

    def after_exit(self, disk):
        for number in range(self.arguments.times):
            name = f"cache-{number}"
            words = self.command(f"{disk.mounted}/{name}")
            subprocess.run(["eatmydata", *words] if self.arguments.without_sync else words, check=True, capture_output=True)
            wanted = self.listing_of(f"{disk.mounted}/{name}")
            self.cuts += 1
            self.problems += disk.after_power_cut(lambda top: self.lost(f"{top}/{name}", wanted))

    def lost(self, cache, wanted):
        there = self.listing_of(cache) if os.path.isdir(cache) else []
        # A lock file holds nothing; and that staging was removed need not last: the next run does it again.
        lost = [f"cut {self.cuts}: lost {line}" for line in wanted if line not in there and ".locks/" not in line]
        return lost + self.problems_of(cache)

    def at_every_step(self, disk):
        log = disk.image + ".log"
        inject = ["-e", f"inject={SYNCS}:retval=0", "-e", f"inject={NAMES}:signal=STOP"]
        if not self.arguments.without_sync:
            inject = ["-e", f"inject={SYNCS},{NAMES}:signal=STOP"]
        words = ["strace", "-f", "-qq", "-o", log, "-e", f"trace={SYNCS},{NAMES}", *inject, *self.command(f"{disk.mounted}/cache")]
        open(log, "w").close()
        program = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while stopped := self.wait_for_stop(program, log):
                self.cuts += 1
                self.commit_names(disk)
                found = disk.after_power_cut(lambda top: self.problems_of(f"{top}/cache"))
                self.problems += [f"cut {self.cuts}: {problem}" for problem in found]
                os.kill(stopped, signal.SIGCONT)
        except BaseException:
            os.kill(stopped, signal.SIGKILL)
            program.wait()
            raise
        if program.returncode != 0:
            sys.exit(f"the program ends with {program.returncode}")

    def commit_names(self, disk):
        with open(f"{disk.mounted}/other", "wb") as other:
            other.write(b"%d" % self.cuts)
            other.flush()
            os.fsync(other.fileno())

    def wait_for_stop(self, program, log):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            stops = re.findall(r"^(\d+) .*stopped by SIGSTOP", open(log).read(), re.M)
            if len(stops) > self.cuts:
                return int(stops[-1])
            if program.poll() is not None:
                return None
            time.sleep(0.002)
        sys.exit("the program neither stops nor ends")

    def main(self):
        with Disk(self.arguments.image, self.arguments.kind) as disk:
            self.at_every_step(disk) if self.arguments.mode == "at-every-step" else self.after_exit(disk)
        print(f"{self.arguments.kind}: {self.cuts} cuts, {len(self.problems)} problems")
        print("\n".join(self.problems[:20]), end="\n" if self.problems else "")
        if self.cuts < self.arguments.times:
            sys.exit("too few cuts: nothing was proved")
        sys.exit(1 if self.problems else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["at-every-step", "after-exit"])
    parser.add_argument("image")
    parser.add_argument("kind", choices=sorted(MAKE))
    parser.add_argument("--without-sync", action="store_true")
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--check")
    parser.add_argument("--listing")
    parser.add_argument("program", nargs="+")
    Cutter(parser.parse_args()).main()


if __name__ == "__main__":
    main()
