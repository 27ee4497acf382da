# SPDX-License-Identifier: Apache-2.0
"""The Python SDKs of AI Studio and ModelScope behind one face, for fill_sdk.py and accept_sdk.py. Which one it is, the environment
tells that the script runs in. The environment variables are set before the SDK is imported, as it reads them then."""

import argparse
import atexit
import importlib.metadata
import json
import os
import pathlib
import sys
import tempfile
import urllib.parse
import urllib.request


def parse_arguments(description, add_options):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", metavar="ORG/NAME")
    parser.add_argument("--hub", required=True, help="address of the mock server")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--cache", type=pathlib.Path, help="the cache's root, given by the client's own variable")
    place.add_argument("--home", type=pathlib.Path, help="a home directory; the cache is where the client has it without a variable")
    place.add_argument("--local-dir", type=pathlib.Path)
    parser.add_argument("--type", choices=("model", "dataset"), default="model")
    parser.add_argument("--revision", default="master")
    add_options(parser)
    arguments = parser.parse_args()
    isolate(arguments)
    return arguments


def isolate(arguments):
    """Nothing of the user's own takes part, and what would leave this machine is refused by the mock."""
    empty_home = tempfile.TemporaryDirectory(prefix="home-")
    atexit.register(empty_home.cleanup)
    for name in list(os.environ):
        if name.startswith(("AISTUDIO_", "STUDIO_", "MODELSCOPE_", "MS_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["HOME"] = str(arguments.home or empty_home.name)
    os.environ["STUDIO_GIT_HOST"] = arguments.hub
    os.environ["STUDIO_CDN_HOST"] = urllib.parse.urlsplit(arguments.hub).netloc
    os.environ["MODELSCOPE_ENDPOINT"] = arguments.hub
    os.environ["INTRA_CLOUD_ACCELERATION"] = "false"
    os.environ["HTTPS_PROXY"] = arguments.hub
    os.environ["NO_PROXY"] = "127.0.0.1"
    if arguments.cache:
        os.environ["AISTUDIO_CACHE_HOME"] = os.environ["MODELSCOPE_CACHE"] = str(arguments.cache)


def client(arguments):
    try:
        return Studio(arguments, importlib.metadata.version("aistudio-sdk"))
    except importlib.metadata.PackageNotFoundError:
        version = importlib.metadata.version("modelscope")
    is_flat = tuple(map(int, version.split(".")[:2])) < (1, 38)
    return FlatScope(arguments, version) if is_flat else Scope(arguments, version)


class Client:
    """One repo at one revision in one place."""

    def __init__(self, arguments, version):
        self.arguments = arguments
        self.version = f"{self.package} {version}"
        self.asked = {"revision": arguments.revision}
        if arguments.local_dir:
            self.asked["local_dir"] = str(arguments.local_dir)

    def base(self):
        return self.arguments.cache or self.arguments.home / self.default_root

    def masked(self):
        owner, name = self.arguments.repo.split("/")
        return f"{self.arguments.type}s", owner, name.replace(".", "___")

    def folder(self):
        """Where the client has the repo."""
        return self.arguments.local_dir or self.base().joinpath(*self.masked())

    def ignores(self, path):
        """Whether the client never asks for this file of the repo."""
        return False


class Studio(Client):
    package, default_root = "aistudio-sdk", ".cache/aistudio/hub"

    def snapshot(self, **more):
        from aistudio_sdk.snapshot_download import snapshot_download

        return snapshot_download(repo_id=self.arguments.repo, repo_type=self.arguments.type, max_workers=1, **self.asked, **more)

    def file(self, path, **more):
        from aistudio_sdk.file_download import file_download

        return file_download(self.arguments.repo, path, repo_type=self.arguments.type, **self.asked, **more)

    def ignores(self, path):
        return path in (".gitignore", ".gitattributes")


class FlatScope(Client):
    """modelscope up to 1.37"""

    package, default_root = "modelscope", ".cache/modelscope/hub"

    def snapshot(self, **more):
        from modelscope.hub.snapshot_download import snapshot_download

        of_repo = {"repo_id": self.arguments.repo, "repo_type": self.arguments.type, "endpoint": self.arguments.hub}
        return snapshot_download(**of_repo, max_workers=1, **self.asked, **more)

    def file(self, path, **more):
        from modelscope.hub.file_download import dataset_file_download, model_file_download

        download = dataset_file_download if self.arguments.type == "dataset" else model_file_download
        return download(self.arguments.repo, path, endpoint=self.arguments.hub, **self.asked, **more)

    def ignores(self, path):
        return self.arguments.type == "model" and path.rsplit("/", 1)[-1] in (".gitignore", ".gitattributes")


class Scope(FlatScope):
    """modelscope from 1.38 on, which is modelscope-hub underneath"""

    default_root = ".cache/modelscope"

    def folder(self):
        if self.arguments.local_dir:
            return self.arguments.local_dir
        kind, owner, name = self.masked()
        for older in (self.base() / kind / owner / name, self.base() / "hub" / kind / owner / name):
            if older.is_dir() and any(older.iterdir()):
                return older
        repo = self.arguments.repo.replace("/", "--")
        return self.base() / kind / repo / "snapshots" / self.arguments.revision

    def snapshot(self, **more):
        from modelscope_hub import HubApi

        path = super().snapshot(**more)
        also = HubApi().download_repo(self.arguments.repo, self.arguments.type, max_workers=1, **self.asked, **more)
        return path if pathlib.Path(path).resolve() == pathlib.Path(also).resolve() else f"{path} and {also}"

    def ignores(self, path):
        return False


class Traffic:
    """What the hub was asked for and what it sent since this was made."""

    def __init__(self, hub):
        self.hub = hub
        self.before = self.now()

    def now(self):
        with urllib.request.urlopen(self.hub + "/_counters") as answer:
            return json.load(answer)

    def requests(self):
        return self.now()["requests"][len(self.before["requests"]) :]

    def fetched(self, repo):
        """{path: bytes} of the repo's files of which something was sent."""
        sent = {path: count - self.before["paths"].get(path, 0) for path, count in self.now()["paths"].items()}
        return {path[len(repo) + 1 :]: count for path, count in sent.items() if count}


def expected_files(arguments):
    """{path: {oid, size, sha256, ...}}, as the mock reads them from its repository."""
    url = f"{arguments.hub}/_expected/{arguments.type}/{arguments.repo}?revision={urllib.parse.quote(arguments.revision, safe='')}"
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)["files"]


def refuse(version, message):
    sys.exit(f"not accepted by {version}: {message}")
