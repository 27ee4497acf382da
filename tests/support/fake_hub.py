#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A hub on loopback, as far as the real clients ask for one.

It serves bare git repositories (their real commits, trees and tags) and the LFS objects beside them, and counts every body
byte of a file that it sends. Large files are redirected to a second port, since clients take a redirect to another origin for
the store of contents.

    fake_hub.py --repo model:org/name=PATH.git [--repo ...] --port-file FILE [--log FILE] [--gate FILE] [--xet-cas DIR --xet-map FILE]

GET /_counters answers {"body_bytes": N, "paths": {path: N}, "requests": [...]}; POST /_reset sets all back. Bytes count when they are
about to be sent: a client that hangs up in the middle has downloaded too.
"""

import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mock_server

PLURALS = {"models": "model", "datasets": "dataset", "spaces": "space", "kernels": "kernel"}
POINTER = re.compile(
    rb"\Aversion https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n\Z"
)


class Repo(mock_server.GitRepo):
    def __init__(self, path):
        super().__init__(path)
        self.trees = {}
        self.folders = {}
        # What a full id names never changes: most requests need no git.
        self.commits = set()
        self.contents = {}

    def commit(self, revision):
        """The commit of a branch, a tag, refs/pr/N or a commit id; None when there is none."""
        if revision in self.commits:
            return revision
        names = [revision] if revision.startswith("refs/") else [f"refs/heads/{revision}", f"refs/tags/{revision}"]
        if re.fullmatch(r"[0-9a-f]{7,40}", revision):
            names.append(revision)
        for name in names:
            try:
                found = self.git("rev-parse", "--verify", "--quiet", name + "^{commit}").decode().strip()
                self.commits.add(found)
                return found
            except subprocess.CalledProcessError:
                continue
        return None

    def tree(self, commit):
        """{path: {oid, size, sha256 or None}} of all files of a commit."""
        if commit not in self.trees:
            files, folders = {}, {}
            for line in self.git("ls-tree", "-r", "-t", "-z", "-l", commit).split(b"\0"):
                if not line:
                    continue
                head, path = line.split(b"\t", 1)
                _, kind, oid, size = head.split()
                if kind == b"tree":
                    folders[path.decode("utf-8", "surrogateescape")] = oid.decode()
                if kind != b"blob":
                    continue
                entry = {"oid": oid.decode(), "size": int(size), "sha256": None}
                if int(size) < 1024:
                    found = POINTER.match(self.git("cat-file", "blob", oid.decode()))
                    if found:
                        entry.update(sha256=found[1].decode(), size=int(found[2]), pointer_size=int(size))
                files[path.decode("utf-8", "surrogateescape")] = entry
            self.folders[commit] = folders
            self.trees[commit] = files
        return self.trees[commit]

    def content(self, entry):
        if not entry["sha256"]:
            if entry["oid"] not in self.contents:
                self.contents[entry["oid"]] = self.git("cat-file", "blob", entry["oid"])
            return self.contents[entry["oid"]]
        return self.object_path(entry["sha256"]).read_bytes()

    def names(self, prefix):
        lines = self.git("for-each-ref", "--format=%(refname) %(*objectname) %(objectname)", prefix).decode().splitlines()
        return [(line.split()[0], line.split()[1]) for line in lines]


class Hub(mock_server.Counters):
    def __init__(self, arguments):
        super().__init__(arguments.log)
        self.repos = {}
        for text in arguments.repo:
            key, path = text.split("=", 1)
            self.repos[tuple(key.split(":", 1))] = Repo(path)
        self.page = arguments.page
        self.xet = json.loads(pathlib.Path(arguments.xet_map).read_text()) if arguments.xet_map else {}
        self.cas = arguments.xet_cas
        self.gate = pathlib.Path(arguments.gate) if arguments.gate else None
        self.origin = self.store = ""

    def xet_hash(self, entry):
        return self.xet.get(entry["sha256"]) if entry["sha256"] else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A body is written behind its headers, and would wait for the client to confirm them.
    disable_nagle_algorithm = True
    hub = None

    def log_message(self, *_):
        pass

    # --- answers

    def answer(self, status, body=b"", headers=(), is_file=False):
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        if not any(key == "Content-Length" for key, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            if is_file:
                self.hub.count(self.path, len(body))
            self.send_body(body, is_file and self.path.startswith("/_store/"))

    def send_body(self, body, is_large):
        if is_large and self.hub.gate:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            while not self.hub.gate.exists():
                time.sleep(0.02)
            body = body[len(body) // 2 :]
        self.wfile.write(body)

    def answer_json(self, value, headers=()):
        self.answer(200, json.dumps(value).encode(), [("Content-Type", "application/json"), *headers])

    def refuse(self, status, code, headers=()):
        body = json.dumps({"error": code}).encode()
        self.answer(status, body, [("X-Error-Code", code), ("X-Error-Message", code), *headers])

    def answer_file(self, content, headers):
        """Whole, or the range that was asked for."""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        headers = [("Accept-Ranges", "bytes"), *headers]
        if wanted and not content:
            # The JavaScript client learns the size of an empty file here too.
            headers.append(("Content-Range", "bytes */0"))
        if not wanted or not content:
            length = [("Content-Length", str(len(content)))] if self.command == "HEAD" else []
            return self.answer(200, b"" if self.command == "HEAD" else content, headers + length, is_file=True)
        first = int(wanted[1])
        if first >= len(content):
            return self.answer(416, b"", [*headers, ("Content-Range", f"bytes */{len(content)}")])
        last = min(int(wanted[2] or len(content) - 1), len(content) - 1)
        part = content[first : last + 1]
        headers.append(("Content-Range", f"bytes {first}-{last}/{len(content)}"))
        return self.answer(206, part, headers, is_file=True)

    # --- requests

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path == "/_counters":
            return self.answer_json(self.hub.counters())
        self.hub.note(f"{self.command} {self.path}")
        if url.path.startswith("/_store/"):
            kind, repo_id, sha256 = map(urllib.parse.unquote, url.path[len("/_store/") :].split("/"))
            stored = self.hub.repos[kind, repo_id].object_path(sha256)
            if not stored.is_file():
                return self.refuse(404, "ObjectNotFound")
            return self.answer_file(stored.read_bytes(), [("ETag", f'"{sha256}"')])
        parts = url.path.strip("/").split("/")
        if parts[0] == "api":
            return self.api(parts[1:], query)
        return self.resolve(parts)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/_reset":
            self.hub.reset()
            return self.answer_json({})
        self.hub.note(f"POST {self.path}")
        parts = urllib.parse.urlsplit(self.path).path.strip("/").split("/")
        found = self.find_repo(PLURALS.get(parts[1]), parts[2:]) if parts[0] == "api" else None
        if not found or found[1][:1] != ["paths-info"]:
            return self.refuse(404, "EntryNotFound")
        return self.paths_info(found[0], urllib.parse.unquote(found[1][1]), body)

    def find_repo(self, kind, parts):
        """(repo, the path behind its id); ids have one or two parts."""
        for count in (2, 1):
            key = (kind, "/".join(parts[:count]))
            if len(parts) >= count and key in self.hub.repos:
                self.key = key
                return self.hub.repos[key], parts[count:]
        return None

    def api(self, parts, query):
        if not parts or parts[0] not in PLURALS:
            return self.refuse(404, "NotFound")
        found = self.find_repo(PLURALS[parts[0]], parts[1:])
        if not found:
            return self.refuse(404, "RepoNotFound")
        repo, rest = found
        what = rest[0] if rest else "revision"
        revision = urllib.parse.unquote(rest[1]) if len(rest) > 1 else "main"
        if what == "refs":
            return self.refs(repo)
        commit = repo.commit(revision)
        if not commit:
            return self.refuse(404, "RevisionNotFound")
        if what == "revision":
            return self.answer_json(self.info(repo, commit, "blobs" in query))
        if what == "tree":
            folder = urllib.parse.unquote("/".join(rest[2:]))
            return self.tree(repo, commit, folder, query)
        if what == "xet-read-token":
            headers = [
                ("X-Xet-Cas-Url", f"local://{self.hub.cas}"),
                ("X-Xet-Access-Token", "token"),
                ("X-Xet-Token-Expiration", "4102444800"),
            ]
            value = {"accessToken": "token", "exp": 4102444800, "casUrl": f"local://{self.hub.cas}"}
            return self.answer_json(value, headers)
        return self.refuse(404, "NotFound")

    def info(self, repo, commit, with_blobs):
        siblings = []
        for path, entry in sorted(repo.tree(commit).items()):
            one = {"rfilename": path}
            if with_blobs:
                one.update(size=entry["size"], blobId=entry["oid"])
                if entry["sha256"]:
                    one["lfs"] = {"sha256": entry["sha256"], "size": entry["size"], "pointerSize": entry["pointer_size"]}
            siblings.append(one)
        repo_id = self.key[1]
        return {"_id": "0", "id": repo_id, "modelId": repo_id, "sha": commit, "private": False, "gated": False,
                "lastModified": "2024-01-02T03:04:05.000Z", "downloads": 0, "likes": 0, "tags": [], "siblings": siblings}

    def entry(self, path, entry, commit=None):
        one = {"type": "file", "path": path, "oid": entry["oid"], "size": entry["size"]}
        if entry["sha256"]:
            one["lfs"] = {"oid": entry["sha256"], "size": entry["size"], "pointerSize": entry["pointer_size"]}
            if self.hub.xet_hash(entry):
                one["xetHash"] = self.hub.xet_hash(entry)
        if commit:
            one["lastCommit"] = {"id": commit, "title": "commit", "date": "2024-01-02T03:04:05.000Z"}
        return one

    def tree(self, repo, commit, folder, query):
        prefix = folder + "/" if folder else ""
        files = {path: entry for path, entry in repo.tree(commit).items() if path.startswith(prefix)}
        folders = {path: oid for path, oid in repo.folders[commit].items() if path.startswith(prefix)}
        if folder and not files:
            return self.refuse(404, "EntryNotFound", [("X-Repo-Commit", commit)])
        if query.get("recursive", ["false"])[0].lower() not in ("true", "1"):
            files = {path: entry for path, entry in files.items() if "/" not in path[len(prefix) :]}
            folders = {path: oid for path, oid in folders.items() if "/" not in path[len(prefix) :]}
        entries = [self.entry(path, entry) for path, entry in sorted(files.items())]
        entries += [{"type": "directory", "path": path, "oid": oid, "size": 0} for path, oid in sorted(folders.items())]
        first = int(query.get("cursor", ["0"])[0])
        headers = []
        if first + self.hub.page < len(entries):
            flat = {key: values[0] for key, values in query.items()} | {"cursor": str(first + self.hub.page)}
            path = urllib.parse.urlsplit(self.path).path
            headers = [("Link", f'<{self.hub.origin}{path}?{urllib.parse.urlencode(flat)}>; rel="next"')]
        return self.answer_json(entries[first : first + self.hub.page], headers)

    def paths_info(self, repo, revision, body):
        commit = repo.commit(revision)
        if not commit:
            return self.refuse(404, "RevisionNotFound")
        if "json" in self.headers.get("Content-Type", ""):
            paths = json.loads(body)["paths"]
        else:
            paths = urllib.parse.parse_qs(body.decode())["paths"]
        files = repo.tree(commit)
        return self.answer_json([self.entry(path, files[path], commit) for path in paths if path in files])

    def refs(self, repo):
        def listed(prefix, short):
            return [{"name": name[len(short) :], "ref": name, "targetCommit": commit} for name, commit in repo.names(prefix)]

        return self.answer_json({
            "branches": listed("refs/heads/", "refs/heads/"),
            "tags": listed("refs/tags/", "refs/tags/"),
            "converts": [],
            "pullRequests": listed("refs/pr/", ""),
        })

    def resolve(self, parts):
        kind = PLURALS.get(parts[0], "model")
        found = self.find_repo(kind, parts[1:] if parts[0] in PLURALS else parts)
        if not found:
            return self.refuse(404, "RepoNotFound")
        repo, rest = found
        if len(rest) < 3 or rest[0] != "resolve":
            return self.refuse(404, "NotFound")
        commit = repo.commit(urllib.parse.unquote(rest[1]))
        if not commit:
            return self.refuse(404, "RevisionNotFound")
        path = urllib.parse.unquote("/".join(rest[2:]))
        entry = repo.tree(commit).get(path)
        if not entry:
            return self.refuse(404, "EntryNotFound", [("X-Repo-Commit", commit)])
        headers = [("X-Repo-Commit", commit)]
        if not entry["sha256"]:
            return self.answer_file(repo.content(entry), [*headers, ("ETag", f'"{entry["oid"]}"')])
        where = "/".join(urllib.parse.quote(part, safe="") for part in (*self.key, entry["sha256"]))
        headers += [
            ("Location", f"{self.hub.store}/_store/{where}"),
            ("X-Linked-Etag", f'"{entry["sha256"]}"'),
            ("X-Linked-Size", str(entry["size"])),
            ("ETag", f'"{hashlib.md5(entry["sha256"].encode()).hexdigest()}"'),
        ]
        if self.hub.xet_hash(entry):
            headers += [("X-Xet-Hash", self.hub.xet_hash(entry)), ("X-Xet-Refresh-Route", f"/api/{self.key[0]}s/{self.key[1]}/xet-read-token/{commit}")]
        return self.answer(302, b"", headers)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repo", action="append", default=[], metavar="TYPE:ID=PATH")
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--log", help="file that gets a line for each request")
    parser.add_argument("--page", type=int, default=1000, help="entries on one page of a listing")
    parser.add_argument("--gate", help="half of each large file is held back until this file is there")
    parser.add_argument("--xet-cas", help="directory that real xet transfers read from")
    parser.add_argument("--xet-map", help="JSON file: sha256 -> xet hash")
    arguments = parser.parse_args()
    Handler.hub = hub = Hub(arguments)
    origin = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    store = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.origin = f"http://127.0.0.1:{origin.server_port}"
    hub.store = f"http://127.0.0.1:{store.server_port}"
    threading.Thread(target=store.serve_forever, daemon=True).start()
    mock_server.announce(arguments.port_file, hub.origin)
    origin.serve_forever()


if __name__ == "__main__":
    main()
