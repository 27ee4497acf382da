#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a bare repository with its LFS objects, such as a model hub keeps, from a sample below, from a description or from a directory;
or adds commits to one. Equal input gives equal commits.

    make_served_repo.py PATH.git [--sample NAME | --description FILE.json | --directory DIR [--large BYTES]]

Of a directory, files from so many bytes on become LFS files (5 MiB and more, which the AI Studio SDK uploads so).

A description is a list of commits, each upon the one before it or upon the branch that it names as its start:
    [{"branch": "master", "from": "other", "tag": "v1.0", "files": {PATH: CONTENT}}]
CONTENT is a text; null to remove the file; {"mode": "120000", "text": TEXT} for another mode; {"bytes": PATH}; {"lfs": SIZE, "seed": TEXT}
for an LFS file of so many bytes, {"lfs": PATH} for one with the bytes of a file; "newline": true when its pointer ends with one, as git-lfs
writes it and the AI Studio SDK does not.
"""

import argparse
import hashlib
import json
import pathlib
import random
import subprocess

RULE = "filter=lfs diff=lfs merge=lfs -text\n"


def large(seed, size=60_000, newline=False):
    return {"lfs": size, "seed": seed, "newline": newline}


SAMPLES = {
    # Each kind of file that makes a difference to one of the clients.
    "demo": [
        {"branch": "master", "tag": "v1.0", "files": {
            ".gitattributes": f"*.safetensors {RULE}*.bin {RULE}",
            ".gitignore": "*.tmp\n",
            "README.md": "# Demo\n",
            "config.json": '{"hidden_size": 8}\n',
            "empty.txt": "",
            "model.safetensors": large("one"),
            "größe/说明.md": "模型\n",
            "sub/.gitattributes": f"*.pt {RULE}",
            "sub/__init__.py": "",
            "sub/50% of #1 & 2+.txt": "quoted\n",
            "sub/a file with spaces.txt": "spaces\n",
            "sub/deep/same.bin": large("one"),
            "sub/part #2 (100%).bin": large("two", newline=True),
            "sub/small.bin": large("three", 11, newline=True),
            "sub/weights.pt": large("four"),
        }},
        {"branch": "dev", "files": {"config.json": '{"hidden_size": 16}\n', "sub/weights.pt": large("five")}},
        {"branch": "master", "files": {"README.md": "# Demo, improved\n", "sub/deep/notes.txt": "new\n"}},
    ],
    "small": [{"branch": "master", "files": {"config.json": "{}\n", "sub/model.bin": large("small", 5000), "README.md": "# Small\n"}}],
}  # fmt: skip


class Stream:
    """What git fast-import reads; LFS objects are written on the way."""

    def __init__(self, repo):
        self.repo = repo
        self.time = 1704164645
        self.heads = {}
        self.importer = subprocess.Popen(["git", "-C", repo, "fast-import", "--quiet", "--force"], stdin=subprocess.PIPE)

    def line(self, text):
        self.importer.stdin.write(text.encode() + b"\n")

    def data(self, content):
        self.line(f"data {len(content)}")
        self.importer.stdin.write(content + b"\n")

    def pointer(self, large_file):
        size = large_file["lfs"]
        content = pathlib.Path(size).read_bytes() if isinstance(size, str) else random.Random(large_file["seed"]).randbytes(size)
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.repo / "lfs" / "objects" / sha256[:2] / sha256[2:4] / sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {len(content)}"
        return text.encode() + (b"\n" if large_file.get("newline") else b"")

    def file(self, path, content):
        quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if content is None:
            return self.line(f"D {quoted}")
        mode = "100644"
        if isinstance(content, str):
            body = content.encode()
        elif "lfs" in content:
            body = self.pointer(content)
        elif "bytes" in content:
            body = pathlib.Path(content["bytes"]).read_bytes()
        else:
            body, mode = content["text"].encode(), content.get("mode", mode)
        self.line(f"M {mode} inline {quoted}")
        self.data(body)

    def commit(self, commit, start):
        """start: the branch that it goes on from, if any."""
        mark = f":{self.time}"
        who = f"name <name@example.invalid> {self.time} +0000"
        self.time += 60
        self.line(f"commit refs/heads/{commit['branch']}")
        self.line(f"mark {mark}")
        self.line(f"committer {who}")
        self.data(b"A commit\n")
        if start:
            self.line(f"from {self.heads.get(start, f'refs/heads/{start}^0')}")
        self.heads[commit["branch"]] = mark
        for path, content in commit["files"].items():
            self.file(path, content)
        if "tag" in commit:
            self.line(f"tag {commit['tag']}")
            self.line(f"from {mark}")
            self.line(f"tagger {who}")
            self.data(b"A tag\n")

    def end(self):
        self.importer.stdin.close()
        if self.importer.wait():
            raise SystemExit("git fast-import failed")


def of_directory(folder, large_from):
    """A commit of all files below a folder."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            kind = "lfs" if path.stat().st_size >= large_from else "bytes"
            files[path.relative_to(folder).as_posix()] = {kind: str(path)}
    return [{"branch": "master", "files": files}]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", type=pathlib.Path)
    parser.add_argument("--sample", choices=SAMPLES, default="demo")
    parser.add_argument("--description", type=pathlib.Path)
    parser.add_argument("--directory", type=pathlib.Path)
    parser.add_argument("--large", type=int, default=5 << 20)
    arguments = parser.parse_args()
    commits = SAMPLES[arguments.sample]
    if arguments.description:
        commits = json.loads(arguments.description.read_text())
    elif arguments.directory:
        commits = of_directory(arguments.directory, arguments.large)
    is_new = not arguments.repo.exists()
    if is_new:
        subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=master", arguments.repo], check=True)
    heads = ["git", "-C", arguments.repo, "for-each-ref", "--format=%(refname:short)", "refs/heads/"]
    branches = set(subprocess.run(heads, check=True, capture_output=True, text=True).stdout.split())
    stream, last = Stream(arguments.repo), None
    stream.time += 0 if is_new else 86400
    for commit in commits:
        branch = commit["branch"]
        stream.commit(commit, branch if branch in branches else commit.get("from", last))
        branches.add(branch)
        last = branch
    stream.end()


if __name__ == "__main__":
    main()
