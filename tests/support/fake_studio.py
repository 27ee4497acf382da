#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""AI Studio's git host on loopback, as far as aistudio-sdk 0.3 asks for it (STUDIO_GIT_HOST, and STUDIO_CDN_HOST for its host and port).

It serves bare git repositories and the LFS objects beside them, and counts every body byte of a file that it sends. Large files are
redirected, to a host that does not exist unless the client puts its own in place, as the SDK does.

    fake_studio.py --repo model:org/name=PATH.git [--repo ...] --port-file FILE [--log FILE] [faults, see --help]
"""

import urllib.parse

import mock_server

KINDS = ("model", "dataset")


class Studio(mock_server.Handler):
    def serve(self, parts, query):
        if parts[0] == "_media":
            repo = self.server_state.find(KINDS, parts[1])
            entry = repo.files(parts[2]).get(parts[3]) if repo else None
            return self.answer_file(parts[1], parts[3], repo.content(entry)) if entry else self.missing()
        if parts[:3] != ["api", "v1", "repos"] or len(parts) < 6:
            return self.missing()
        self.repo_id = "/".join(parts[3:5])
        self.repo = self.server_state.find(KINDS, self.repo_id)
        if not self.repo:
            return self.missing()
        if parts[5] == "tags":
            return self.tag(parts[6])
        if parts[5:7] == ["git", "trees"]:
            return self.tree(parts[7], query)
        commit = self.repo.commit(query.get("ref", "master"))
        path = "/".join(parts[6:])
        if parts[5] == "contents" and commit:
            return self.contents(commit, path, query)
        entry = self.repo.files(commit).get(path) if parts[5] == "media" and commit else None
        return self.media(commit, path, entry) if entry else self.missing()

    def missing(self):
        self.answer_json({"message": "The target couldn't be found.", "url": self.server_state.origin + "/api/swagger", "errors": []}, 404)

    def api(self, what):
        return f"{self.server_state.origin}/api/v1/repos/{self.repo_id}/{what}"

    def tag(self, name):
        if name not in self.repo.names("refs/tags/"):
            return self.missing()
        commit = self.repo.commit(name)
        self.answer_json({"name": name, "id": commit, "commit": {"sha": commit, "url": self.api(f"git/commits/{commit}")}})

    def tree(self, revision, query):
        commit = self.repo.commit(revision)
        if not commit:
            return self.missing()
        entries = list(self.repo.listing(commit).items())
        if query.get("recursive", "").lower() not in ("true", "1"):
            entries = [(path, entry) for path, entry in entries if "/" not in path]
        size = min(int(query.get("per_page", "1000")), self.server_state.arguments.page)
        page = max(int(query.get("page", "1")), 1)
        rows = []
        # Gitea's trees tell the size of what git has, a pointer's, where contents tell that of the large file.
        for path, entry in entries[(page - 1) * size : page * size]:
            told = self.told(entry)
            url = self.api(f"git/{told['kind']}s/{told['oid']}")
            row = {"path": path, "mode": told["mode"], "type": told["kind"], "size": told["blob_size"], "sha": told["oid"], "url": url}
            rows.append(row)
        self.answer_listing({
            "sha": commit, "url": self.api(f"git/trees/{commit}"), "tree": rows,
            "truncated": self.server_state.arguments.endless or page * size < len(entries), "page": page, "total_count": len(entries),
        })  # fmt: skip

    def content_of(self, path, entry):
        told = self.told(entry)
        one = {
            "name": path.rsplit("/", 1)[-1], "path": path, "sha": told["oid"], "last_commit_sha": told["last_commit"], "size": told["size"],
            "type": {"tree": "dir", "commit": "submodule"}.get(entry["kind"], "symlink" if entry["mode"] == "120000" else "file"),
            "url": self.api(f"contents/{urllib.parse.quote(path)}"), "encoding": None, "content": None, "target": None,
        }  # fmt: skip
        if self.server_state.arguments.lie_path:
            one["path"] = self.server_state.arguments.lie_path
        return one

    def contents(self, commit, path, query):
        """Of a file its row, of a folder the rows of what lies directly in it."""
        listing = self.repo.listing(commit)
        if path in listing and listing[path]["kind"] != "tree":
            return self.answer_listing(self.content_of(path, listing[path]))
        if path and path not in listing:
            return self.missing()
        prefix = path + "/" if path else ""
        inside = [one for one in listing if one.startswith(prefix) and one != path and "/" not in one[len(prefix) :]]
        self.answer_listing([self.content_of(one, listing[one]) for one in inside])

    def media(self, commit, path, entry):
        if not entry["is_lfs"]:
            return self.answer_file(self.repo_id, path, self.repo.content(entry))
        where = "/".join(urllib.parse.quote(part, safe="") for part in (self.repo_id, commit, path))
        self.answer(302, b"", [("Location", f"http://contents.invalid/_media/{where}")])


def add_options(_, wrong):
    wrong.add_argument("--lie-path", metavar="PATH", help="contents: the path of something else")
    wrong.add_argument("--endless", action="store_true", help="git/trees: always one more page")


if __name__ == "__main__":
    mock_server.run(Studio, __doc__, add_options)
