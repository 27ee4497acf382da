#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ModelScope on loopback, as far as modelscope 1.37 and modelscope-hub 0.5 (modelscope 1.40) ask for it.

It serves bare git repositories and the LFS objects beside them as models and datasets, and counts every body byte of a file that it sends.

    fake_scope.py --repo model:org/name=PATH.git [--repo dataset:...] --port-file FILE [--log FILE] [faults, see --help]
"""

import mock_server


class Scope(mock_server.Handler):
    def serve(self, parts, query):
        if parts[:2] != ["api", "v1"] or len(parts) < 4 or parts[2] not in ("models", "datasets"):
            return self.missing()
        kind, rest = parts[2][:-1], parts[3:]
        if kind == "dataset" and rest[0].isdigit():
            # modelscope 1.37 asks for a listing by the number that it was told.
            self.repo_id = self.dataset_ids()[int(rest[0]) - 1]
            rest = rest[1:]
        elif len(rest) >= 2:
            self.repo_id = "/".join(rest[:2])
            rest = rest[2:]
        self.repo = self.server_state.repos.get((kind, self.repo_id))
        if not self.repo:
            return self.missing()
        answers = {
            (): self.details,
            ("revisions",): self.revisions,
            ("repo", "files"): self.files,
            ("repo", "tree"): self.tree,
            ("repo",): self.file,
        }
        answer = answers.get(tuple(rest))
        return answer(kind, query) if answer else self.missing()

    def missing(self):
        self.answer_json({"Code": 10010205001, "Success": False, "Message": "not found", "RequestId": "0"}, 404)

    def answer_data(self, data):
        self.answer_listing({"Code": 200, "Success": True, "Message": "success", "RequestId": "0", "Data": data})

    def dataset_ids(self):
        return [repo_id for kind, repo_id in self.server_state.repos if kind == "dataset"]

    def details(self, kind, _):
        owner, name = self.repo_id.split("/")
        data = {"Id": 1, "Name": name, "Path": owner, "Type": 1, "Visibility": 5}
        if kind == "dataset":
            data["Id"] = self.dataset_ids().index(self.repo_id) + 1
        self.answer_data(data)

    def revisions(self, *_):
        def rows(prefix):
            return [{"Revision": name, "CreatedAt": time} for name, time in self.repo.times(prefix)]

        self.answer_data({"RevisionMap": {"Branches": rows("refs/heads/"), "Tags": rows("refs/tags/")}})

    def rows(self, query):
        """One for each file and folder at the asked revision; None when there is none."""
        commit = self.repo.commit(query.get("Revision", "master"))
        if not commit:
            return None
        rows = []
        for path, entry in self.repo.listing(commit).items():
            if query.get("Recursive", "").lower() not in ("true", "1") and "/" in path:
                continue
            told = self.told(entry)
            rows.append({
                "Name": path.rsplit("/", 1)[-1], "Path": path, "Type": told["kind"], "Mode": told["mode"], "Size": told["size"],
                "Revision": told["last_commit"], "Sha256": told["sha256"] or "", "IsLFS": told["is_lfs"], "Id": told["oid"],
                "CommittedDate": 0, "CommitId": told["last_commit"],
            })  # fmt: skip
        return rows

    def files(self, _, query):
        rows = self.rows(query)
        return self.missing() if rows is None else self.answer_data({"Files": rows})

    def tree(self, _, query):
        rows = self.rows(query)
        if rows is None:
            return self.missing()
        size = min(int(query.get("PageSize", "200")), self.server_state.arguments.page)
        page = max(int(query.get("PageNumber", "1")), 1)
        self.answer_data({"Files": rows[(page - 1) * size : page * size], "TotalCount": len(rows)})

    def file(self, _, query):
        commit = self.repo.commit(query.get("Revision", "master"))
        path = query.get("FilePath", "")
        entry = self.repo.files(commit).get(path) if commit else None
        return self.answer_file(self.repo_id, path, self.repo.content(entry)) if entry else self.missing()


if __name__ == "__main__":
    mock_server.run(Scope, __doc__)
