# SPDX-License-Identifier: Apache-2.0
"""What the mock servers share: bare git repositories with their LFS objects and counters; those of AI Studio and ModelScope also faults
and answers.

GET /_counters answers {"body_bytes": N, "paths": {"org/name/path": N}, "requests": [...], "authorizations": [...]}, the last with what each
request shows of a token; POST /_reset sets all back, and
GET /_expected/TYPE/ORG/NAME?revision=R tells the files of a revision. Bytes count when they are about to be sent: a client that hangs up in
the middle has downloaded too.
"""

import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Uploads of the AI Studio SDK end a pointer without a newline, git-lfs with one.
POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n?")


class GitRepo:
    """One bare repository, with its LFS objects beside it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def git(self, *words):
        return subprocess.run(
            ["git", "-C", str(self.path), *words], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ).stdout

    def object_path(self, sha256):
        return self.path / "lfs" / "objects" / sha256[:2] / sha256[2:4] / sha256


class Counters:
    """What was asked for and what was sent, by path."""

    def __init__(self, log):
        self.lock = threading.Lock()
        self.log = open(log, "a", buffering=1) if log else None
        self.reset()

    def reset(self):
        with self.lock:
            self.paths = {}
            self.requests = []
            self.authorizations = []

    def count(self, path, sent):
        with self.lock:
            self.paths[path] = self.paths.get(path, 0) + sent

    def note(self, line, authorization=None):
        with self.lock:
            self.requests.append(line)
            self.authorizations.append(authorization)
            if self.log:
                print(line, file=self.log)

    def counters(self):
        with self.lock:
            return {
                "body_bytes": sum(self.paths.values()), "paths": dict(self.paths),
                "requests": list(self.requests), "authorizations": list(self.authorizations),
            }  # fmt: skip


def announce(port_file, origin):
    """Tells the one who waits for it where the server is."""
    ready = pathlib.Path(port_file)
    ready.with_suffix(".new").write_text(origin)
    ready.with_suffix(".new").rename(ready)


class ServedRepo(GitRepo):
    """What a full id names is read once."""

    def __init__(self, path):
        super().__init__(path)
        self.commits = {}
        self.listings = {}
        self.lock = threading.Lock()

    def commit(self, revision):
        """The commit of a branch, a tag or a commit id; None when there is none. Refs are looked up anew: tests move them."""
        if revision in self.listings:
            return revision
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}"):
            loose = self.path / name
            if loose.is_file():
                return self.peeled(loose.read_text().strip())
        return self.peeled(revision)

    def peeled(self, name):
        if name not in self.commits:
            try:
                found = self.git("rev-parse", "--verify", "--quiet", name + "^{commit}").decode().strip()
            except subprocess.CalledProcessError:
                return None
            if not re.fullmatch("[0-9a-f]{40}", name):
                return found
            self.commits[name] = found
        return self.commits[name]

    def times(self, prefix):
        """[(name, when its commit was made)] of all refs below the prefix."""
        form = "--format=%(refname) %(if)%(committerdate)%(then)%(committerdate:unix)%(else)%(*committerdate:unix)%(end)"
        rows = [line.rsplit(" ", 1) for line in self.git("for-each-ref", form, prefix).decode().splitlines()]
        return [(name[len(prefix) :], int(time)) for name, time in rows]

    def names(self, prefix):
        return [line[len(prefix) :] for line in self.git("for-each-ref", "--format=%(refname)", prefix).decode().splitlines()]

    def listing(self, commit):
        """{path: {kind, mode, oid, blob_size, size, sha256, is_lfs, last_commit}} of all files and folders, in git's order."""
        with self.lock:
            if commit not in self.listings:
                self.listings[commit] = self.read_listing(commit)
            return self.listings[commit]

    def read_listing(self, commit):
        last_commits, entries = self.last_commits(commit), {}
        for line in self.git("ls-tree", "-r", "-t", "-z", "-l", commit).split(b"\0")[:-1]:
            head, path = line.split(b"\t", 1)
            mode, kind, oid, size = head.decode().split()
            path = path.decode("utf-8", "surrogateescape")
            entry = {"kind": kind, "mode": mode, "oid": oid, "blob_size": 0, "size": 0, "sha256": None, "is_lfs": False}
            entry["last_commit"] = last_commits.get(path, commit)
            if kind == "blob":
                entry["blob_size"] = int(size)
                content = self.git("cat-file", "blob", oid)
                pointer = POINTER.fullmatch(content) if len(content) < 1024 else None
                if pointer:
                    entry.update(is_lfs=True, sha256=pointer[1].decode(), size=int(pointer[2]))
                else:
                    entry.update(sha256=hashlib.sha256(content).hexdigest(), size=int(size))
            entries[path] = entry
        return entries

    def last_commits(self, commit):
        """{path: the last commit that touched it}, for files and the folders above them."""
        found, current = {}, None
        text = self.git("log", "-m", "--first-parent", "--name-only", "-z", "--format=commit %H", commit)
        for field in text.replace(b"\n", b"\0").split(b"\0"):
            words = field.decode("utf-8", "surrogateescape")
            if re.fullmatch("commit [0-9a-f]{40}", words):
                current = words[7:]
            elif words:
                parts = words.split("/")
                for count in range(1, len(parts) + 1):
                    found.setdefault("/".join(parts[:count]), current)
        return found

    def files(self, commit):
        return {path: entry for path, entry in self.listing(commit).items() if entry["kind"] == "blob"}

    def content(self, entry):
        if not entry["is_lfs"]:
            return self.git("cat-file", "blob", entry["oid"])
        return self.object_path(entry["sha256"]).read_bytes()


class Server(Counters):
    def __init__(self, arguments):
        super().__init__(arguments.log)
        self.arguments = arguments
        self.repos = {}
        for text in arguments.repo:
            key, path = text.split("=", 1)
            self.repos[tuple(key.split(":", 1))] = ServedRepo(path)
        self.origin = ""

    def find(self, kinds, repo_id):
        return next((self.repos[kind, repo_id] for kind in kinds if (kind, repo_id) in self.repos), None)


class Listener(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """The SDKs hang up before they have read all."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A body is written behind its headers, and would wait for the client to confirm them.
    disable_nagle_algorithm = True
    server_state = None

    def log_message(self, *_):
        pass

    # --- answers

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, value, status=200):
        self.answer(status, json.dumps(value).encode(), [("Content-Type", "application/json")])

    def answer_listing(self, value):
        """What a tool reads ids and sizes from, damaged as the options say."""
        wrong = self.server_state.arguments
        if wrong.fail:
            return self.answer_json({"message": "broken on purpose"}, wrong.fail)
        if wrong.redirect:
            return self.answer(302, b"", [("Location", wrong.redirect)])
        body = json.dumps(value).encode()
        if wrong.nest:
            body = body[:-1] + b', "nested": ' + b"[" * wrong.nest + b"]" * wrong.nest + b"}"
        if wrong.swell:
            body = body[:-1] + b', "padding": "' + b"x" * wrong.swell + b'"}'
        if wrong.cut:
            body = body[: len(body) // 2]
        if not wrong.stall:
            return self.answer(200, body, [("Content-Type", "application/json")])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        time.sleep(wrong.stall)
        self.close_connection = True

    def answer_file(self, repo_id, path, content):
        """Whole, or the range that was asked for."""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        headers = [("Accept-Ranges", "bytes"), ("Content-Type", "application/octet-stream")]
        if not wanted or not content:
            self.server_state.count(f"{repo_id}/{path}", len(content))
            return self.answer(200, content, headers)
        first = int(wanted[1])
        if first >= len(content):
            return self.answer(416, b"", [*headers, ("Content-Range", f"bytes */{len(content)}")])
        last = min(int(wanted[2] or len(content) - 1), len(content) - 1)
        self.server_state.count(f"{repo_id}/{path}", last - first + 1)
        self.answer(206, content[first : last + 1], [*headers, ("Content-Range", f"bytes {first}-{last}/{len(content)}")])

    # --- requests

    def do_CONNECT(self):
        """The clients' reports of their use go to a fixed host: as their proxy, this lets none out."""
        self.server_state.note(f"CONNECT {self.path}")
        self.close_connection = True
        self.answer(403)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/_reset":
            self.server_state.reset()
            return self.answer_json({})
        self.server_state.note(f"POST {self.path}")
        self.answer_json({"message": "not found"}, 404)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = {key: values[0] for key, values in urllib.parse.parse_qs(url.query).items()}
        parts = [urllib.parse.unquote(part) for part in url.path.strip("/").split("/")]
        if parts[0] == "_counters":
            return self.answer_json(self.server_state.counters())
        if parts[0] == "_expected":
            return self.expected(*parts[1:4], query.get("revision", "master"))
        self.server_state.note(f"GET {self.path}", self.headers.get("Authorization"))
        self.serve(parts, query)

    def expected(self, kind, owner, name, revision):
        repo = self.server_state.repos[kind, f"{owner}/{name}"]
        commit = repo.commit(revision)
        self.answer_json({"commit": commit, "files": repo.files(commit)})

    def told(self, entry):
        """The entry, as the options say to tell it."""
        wrong = self.server_state.arguments
        told = entry | {name: entry[name] + wrong.lie_size for name in ("blob_size", "size")}
        if wrong.lie_id:
            told.update(oid=hashlib.sha1(told["oid"].encode()).hexdigest(), last_commit="0" * 40, sha256="0" * 64)
        return told


def run(handler, description, add_options=None):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", action="append", default=[], metavar="TYPE:ID=PATH.git", help="TYPE is model or dataset")
    parser.add_argument("--port-file", required=True, help="gets the address when the server is ready")
    parser.add_argument("--log", help="file that gets a line for each request")
    parser.add_argument("--page", type=int, default=10000, help="most entries on one page of a listing")
    wrong = parser.add_argument_group("wrong on purpose, in every answer that tells ids and sizes")
    wrong.add_argument("--fail", type=int, metavar="STATUS", help="nothing but this status")
    wrong.add_argument("--redirect", metavar="URL", help="nothing but a way to another place")
    wrong.add_argument("--stall", type=float, metavar="SECONDS", help="half of the answer, silence, and the end")
    wrong.add_argument("--cut", action="store_true", help="half of the answer as if it were all")
    wrong.add_argument("--nest", type=int, metavar="DEPTH", help="arrays within arrays")
    wrong.add_argument("--swell", type=int, metavar="BYTES", help="so much longer")
    wrong.add_argument("--lie-size", type=int, default=0, metavar="BYTES", help="sizes are so much larger")
    wrong.add_argument("--lie-id", action="store_true", help="ids of nothing")
    if add_options:
        add_options(parser, wrong)
    arguments = parser.parse_args()
    handler.server_state = state = Server(arguments)
    server = Listener(("127.0.0.1", 0), handler)
    state.origin = f"http://127.0.0.1:{server.server_port}"
    announce(arguments.port_file, state.origin)
    server.serve_forever()
