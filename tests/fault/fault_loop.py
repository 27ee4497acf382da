#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills a program, or fails it, at every system call that can change something; then checks what it left.

strace injects the fault into the program that users run. `when=N` counts per system call name and thread, so the program runs with one
worker and every pair (name, n) of a plain run is tried. Calls before the program first names one of its own paths belong to its start
and are left out.

    fault_loop.py kill  [--from DIR] -- PROGRAM ARGUMENT...
    fault_loop.py errno [--from DIR] --errors EIO,ENOSPC -- PROGRAM ARGUMENT...

{target} in the program's arguments is the directory it writes; every run starts without it, or with a copy of DIR. What DIR holds and
the finished job keeps must be there after every fault, and what the job replaces must be there in its old or its new form. The target
is judged by tree_check.py, or by the commands of --check and --listing. --every N tries the calls that change names, and each N-th of the
others. Of calls that do the same in the same directory, as for each of many files, the first two and the last are failed. With
MODELCACHE_EVERY_POINT=1 in the environment all are tried, and a kill at calls too that change nothing.
"""

import argparse
import concurrent.futures
import contextlib
import errno
import io
import os
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import tree_check

MUTATING = (
    "open,openat,openat2,write,pwrite64,copy_file_range,ioctl,fallocate,ftruncate,fsync,fdatasync,close,rename,renameat,renameat2,"
    "link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,chmod,fchmod,fchmodat,flock,sync_file_range"
)
DESCRIPTORS = "open,openat,openat2,close,fcntl"
# A kill at one of these leaves what a kill at the next call that changes something leaves.
HARMLESS = re.compile(r"(close|fsync|fdatasync|flock|sync_file_range)\(|open(at2?)?\((?!.*O_(CREAT|TRUNC|TMPFILE))|ioctl\((?!.*FICLONE)")
EVERY_POINT = bool(os.environ.get("MODELCACHE_EVERY_POINT"))
NAMING = re.compile(r"rename|link|mkdir|rmdir|symlink")
STAGING = re.compile(r"/\.modelcache/(tmp|contents|parts|trees)|/modelcache\.tmp|/\.modelcache \Z|/\.[^/ ]+\.modelcache[/ ]")
# Whole contents, and the directories they are in, which the next run goes on with.
RESUMED = re.compile(r"modelcache(/contents(/[0-9a-f]{40,64})?)? \Z")
CALL = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (\S+)")


def run_script(path, *words):
    """What a script in Python would print, and its status, without a new interpreter for each of thousands of runs."""
    sys.argv = [path, *words]
    status, printed = 0, io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as ended:
            status = ended.code or 0
        except Exception as error:
            status = repr(error)
    return status, printed.getvalue()


def left_open(trace):
    """How many descriptors that the run opened it never closed."""
    opened = set()
    for line in trace.splitlines():
        found = CALL.match(line)
        if not found:
            continue
        name, arguments, result = found.groups()
        if result.isdigit() and (name.startswith("open") or "F_DUPFD" in arguments):
            opened.add(result)
        if name == "close":
            opened.discard(arguments)
    return len(opened)


def paths(lines):
    """path -> line of a listing; where staging and locks are is of no interest to who reads the cache."""
    shown = {}
    for line in lines:
        path = re.sub(r" [^ ]*\Z", "", line.split(" ", 4)[-1]) if line.count(" ") >= 5 else line
        if not STAGING.search(path) and ".incomplete" not in path and not line.startswith("dir"):
            shown[path] = line
    return shown


def kind_of(line):
    """What calls have in common that do the same with other files of a directory."""
    call = re.sub(r"0x[0-9a-f]+|\b\d+\b|\) += .*", "#", re.sub(r"[0-9a-f]{8,}|[0-9A-Za-z_]{6,8}\.tmp", "*", line))
    return re.sub(r'/[^/"<>]*(["<>])', r"/*\1", re.sub(r'"[^"/]*"', '""', call))


def without_repeats(points):
    """Of (name, n, reads clone, kind) those that are the first two or the last of their kind."""
    places = {}
    for number, point in enumerate(points):
        places.setdefault(point[3], []).append(number)
    kept = {number for numbers in places.values() for number in numbers[:2] + numbers[-1:]}
    return [point for number, point in enumerate(points) if number in kept]


class Loop:
    def __init__(self, arguments):
        self.arguments = arguments
        self.scripts = concurrent.futures.ProcessPoolExecutor(arguments.workers)
        # They are forked now, before there are threads.
        self.scripts.submit(int).result()
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="modelcache-fault."))
        self.failures = []
        self.fired = 0
        self.skips_harmless = arguments.mode == "kill" and not EVERY_POINT
        self.environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0", "LC_ALL": "C"}
        words = [re.sub(r"\A(hf|aistudio|modelscope|dir|clone):", "", word) for word in arguments.program]
        self.own_paths = [word for word in words if word.startswith("/") and os.path.exists(word)]

    def command(self, words, target):
        return [word.replace("{target}", str(target)) for word in words]

    def run(self, words, target, **options):
        return subprocess.run(self.command(words, target), capture_output=True, text=True, env=self.environment, timeout=60, **options)

    def fresh(self, name):
        target = self.work / name
        if self.arguments.start:
            shutil.copytree(self.arguments.start, target, symlinks=True)
        return target

    def traced(self, target, log, calls, *more):
        return self.run(["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={calls}", *more, *self.arguments.program], target)

    def points(self):
        """(name, n, whether it reads the clone, its kind) of every call from the first that names a path of the program's own on."""
        target, log = self.fresh("baseline"), self.work / "baseline.log"
        before = paths(self.listing(target))
        done = self.traced(target, log, MUTATING + ",fcntl", "-y")
        if done.returncode != 0:
            sys.exit(f"the program fails without a fault: {done.stderr}")
        self.golden = self.listing(target)
        self.output = self.plain(done, target)
        self.open_at_end = left_open(re.sub(r"<[^>]*>", "", log.read_text()))
        after = paths(self.golden)
        if self.arguments.moves:
            before = {}
        between = re.compile(self.arguments.between) if self.arguments.between else None
        self.allowed = {
            path: {line, after[path]} for path, line in before.items() if path in after and not (between and between.search(path))
        }
        counts, points, started = {}, [], False
        for line in log.read_text().splitlines():
            found = re.match(r"(?:\d+ +)?(\w+)\(", line)
            if not found or found[1] == "fcntl":
                continue
            name = found[1]
            counts[name] = counts.get(name, 0) + 1
            started = started or any(path in line for path in [str(self.work), *self.own_paths])
            if started and not (self.skips_harmless and HARMLESS.match(line[found.start(1):])):
                points.append((name, counts[name], "/.git" in line, kind_of(line[found.start(1):].replace(str(target), "{target}"))))
        every = 1 if EVERY_POINT else self.arguments.every
        if self.arguments.mode == "errno" and not EVERY_POINT:
            points = without_repeats(points)
        return [point for number, point in enumerate(points) if number % every == 0 or NAMING.match(point[0])]

    def plain(self, done, target):
        return (done.stdout + done.stderr).replace(str(target), "{target}")

    def listing(self, target):
        if not self.arguments.listing:
            return tree_check.listing(str(target))
        status, printed = self.ask(self.arguments.listing, target)
        if status != 0:
            self.fail("listing", f"{status}: {printed}")
        return printed.splitlines()

    def ask(self, command, target):
        """The status and the output of --check or --listing."""
        words = self.command(command.split(), target)
        if words[0].endswith(".py"):
            return self.scripts.submit(run_script, *words).result(timeout=60)
        done = self.run(words, target)
        return done.returncode, done.stdout or done.stderr

    def judge(self, where, target):
        """Whether what is there is sound, and what was there before still is."""
        if self.arguments.check:
            status, printed = self.ask(self.arguments.check, target)
            problems = printed.splitlines() or [f"ended with {status}"] if status != 0 else []
        else:
            problems = tree_check.problems(str(target), after_kill=True)
        if problems:
            self.fail(where, f"left {problems}")
        if self.allowed:
            there = paths(self.listing(target))
            lost = [path for path, lines in self.allowed.items() if there.get(path) not in lines]
            if lost:
                self.fail(where, f"what was there before is not: {lost}")

    def fail(self, where, what):
        self.failures.append(f"{where}: {what}")

    def inject(self, number, calls, rule):
        target = self.fresh(f"target-{number}")
        log = self.work / f"log-{number}"
        # With --seccomp-bpf strace 6.1 injects errors faster, and signals not at all.
        faster = ["--seccomp-bpf"] if "error=" in rule else []
        done = self.traced(target, log, calls, *faster, "-e", f"inject={rule}")
        text = log.read_text(errors="replace") if log.exists() else ""
        log.unlink(missing_ok=True)
        return target, done, text

    def kill_at(self, number, name, n):
        where = f"killed at {name} {n}"
        target, done, _ = self.inject(number, name, f"{name}:signal=KILL:when={n}")
        # strace dies of the signal that its child died of.
        self.fired += done.returncode in (-9, 137)
        self.judge(where, target)
        self.rerun(where, target)

    def rerun(self, where, target):
        is_done = self.arguments.done_status is not None and self.listing(target) == self.golden
        again = self.run(self.arguments.program, target)
        if again.returncode != (self.arguments.done_status if is_done else 0):
            return self.fail(where, f"the next run ends with {again.returncode}: {again.stderr.strip()}")
        listing = self.listing(target)
        if listing != self.golden:
            self.fail(where, f"the next run does not finish the job: {sorted(set(listing) ^ set(self.golden))}")
        shutil.rmtree(target, ignore_errors=True)

    def fail_at(self, number, name, n, error, persistent):
        when = f"{n}{'+' if persistent else ''}"
        where = f"{error} at {name} {when}"
        target, done, trace = self.inject(number, f"{name},{DESCRIPTORS}", f"{name}:error={error}:when={when}")
        injected = [line for line in trace.splitlines() if "(INJECTED)" in line]
        self.fired += bool(injected)
        if not injected:
            return self.fail(where, "the fault did not fire")
        if error == "EINTR" and self.plain(done, target) != self.output:
            self.fail(where, f"an interrupted call shows: {done.returncode} {done.stderr.strip()}")
        if done.returncode == 0:
            # Staging that could not be tidied away is the next run's work; all else must be there.
            rest, golden = ([line for line in lines if not STAGING.search(line)] for lines in (self.listing(target), self.golden))
            if rest != golden:
                self.fail(where, f"exit 0, but the job is not done: {sorted(set(rest) ^ set(golden))}")
        elif done.returncode != 3:
            self.fail(where, f"exit {done.returncode}: {done.stderr.strip()}")
        elif not self.is_told(done.stderr, error, injected):
            self.fail(where, f"does not name path and reason: {done.stderr.strip()!r}")
        if left_open(trace) > self.open_at_end:
            self.fail(where, "a descriptor stays open")
        if left := self.temporaries(target, done.returncode, name, persistent):
            self.fail(where, f"temporaries stay: {left}")
        self.judge(where, target)
        self.rerun(where, target)

    def is_told(self, message, error, injected):
        # What cannot be written cannot be read.
        if any(re.search(r"\bwrite\(2[,<]", line) for line in injected):
            return True
        reason = os.strerror(getattr(errno, error))
        return reason in message and ("standard output" in message or any(path in message for path in [str(self.work), *self.own_paths]))

    def temporaries(self, target, status, name, persistent):
        # Without removing, or without opening anything any more, nothing can be tidied away; and in a run that ends well the tidying
        # itself was what failed.
        if status == 0 or name.startswith("unlink") or (persistent and name.startswith("open")):
            return []
        lines = [line for line in self.listing(target) if line not in self.golden and not RESUMED.search(line)]
        return [line for line in lines if ".incomplete" in line or STAGING.search(line)]

    def jobs(self):
        points = self.points()
        if self.arguments.mode == "kill":
            return [(self.kill_at, name, n) for name, n, *_ in points]
        return [
            (self.fail_at, name, n, error, persistent)
            for name, n, reads_clone, _ in points
            for error in self.arguments.errors.split(",")
            for persistent in (False, True)
            # libgit2 does not ask again when it is interrupted; every call of ours does.
            if not (error == "EINTR" and (persistent or reads_clone))
        ]

    def main(self):
        jobs = self.jobs()
        with concurrent.futures.ThreadPoolExecutor(self.arguments.workers) as pool:
            futures = [pool.submit(job[0], number, *job[1:]) for number, job in enumerate(jobs)]
            for future in futures:
                future.result()
        self.scripts.shutdown()
        share = self.fired / len(jobs) if jobs else 0
        print(f"{len(jobs)} faults, {self.fired} fired ({share:.0%}), {len(self.failures)} failures")
        for failure in self.failures[: self.arguments.show]:
            print(" ", failure)
        if share < 0.9:
            print("too few faults fired: nothing was proved")
        if self.failures or share < 0.9:
            print("kept:", self.work)
            sys.exit(1)
        shutil.rmtree(self.work, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["kill", "errno"])
    parser.add_argument("--check", help="a command with {target}: exit 0 where it is sound")
    parser.add_argument("--listing", help="a command with {target}: a line for each name")
    parser.add_argument("--done-status", type=int, help="of a run that finds the job done; default: 0")
    parser.add_argument("--from", dest="start", help="what the target holds before each run")
    parser.add_argument("--moves", action="store_true", help="the job takes away what the target holds before; --check judges that")
    parser.add_argument("--between", metavar="PATTERN", help="paths that may be there in other forms than the old and the new one")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--errors", default="EIO")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--show", type=int, default=40, help="how many failures are printed")
    parser.add_argument("program", nargs="+")
    Loop(parser.parse_args()).main()


if __name__ == "__main__":
    main()
