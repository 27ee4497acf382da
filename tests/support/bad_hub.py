#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A hub on loopback that misbehaves as a file says, and a stranger beside it, to whom no token may come.

    bad_hub.py MODE_FILE ADDRESS_FILE LOG_FILE LISTING_FILE

It answers questions for a revision and for its tree (the listing). MODE_FILE holds one of: well, private (401 without the token), busy (429
twice, then well), full (429 for ever), endless (a listing without an end), silent (accepts and says nothing), cut (half of the listing),
elsewhere (a redirect to the stranger), next-elsewhere (the next page is the stranger's), loop (the next page is the same one). The stranger
answers well. LOG_FILE gets a line a request: "hub" or "stranger", the path, and the Authorization header or "-".
"""
import http.server
import pathlib
import sys
import threading
import time

mode_file, address_file, log_file, listing_file = map(pathlib.Path, sys.argv[1:5])
lock = threading.Lock()
refusals = {"busy": 2, "full": 10**9}


class Handler(http.server.BaseHTTPRequestHandler):
    name = "hub"

    def do_GET(self):
        token = self.headers.get("Authorization", "-")
        with lock, log_file.open("a") as log:
            log.write(f"{self.name} {self.path} {token}\n")
        mode = mode_file.read_text().strip() if self.name == "hub" else "well"
        if "/revision/" in self.path and mode not in ("private", "silent"):
            return self.say(b'{"sha": "%s"}' % (b"1" * 40))
        getattr(self, mode.replace("-", "_"))(token)

    def say(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def well(self, _):
        self.say(listing_file.read_bytes())

    def private(self, token):
        if token != "Bearer hf_secret":
            return self.say(b"{}", 401)
        if "/revision/" in self.path:
            return self.say(b'{"sha": "%s"}' % (b"1" * 40))
        self.well(token)

    def busy(self, token):
        with lock:
            refusals["busy"] -= 1
            is_refused = refusals["busy"] >= 0
        return self.say(b"", 429, Retry_After="1") if is_refused else self.well(token)

    def full(self, _):
        self.say(b"", 429, Retry_After="1")

    def endless(self, _):
        self.send_response(200)
        self.end_headers()
        piece = b'[{"type": "file", "path": "%s", "size": 1, "oid": "%s"},' % (b"a" * 200, b"1" * 40)
        try:
            self.wfile.write(b"[" + piece[1:])
            while True:
                self.wfile.write(piece[1:] * 1000)
        except OSError:
            pass

    def silent(self, _):
        time.sleep(60)

    def cut(self, _):
        body = listing_file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def elsewhere(self, _):
        self.say(b"", 302, Location=f"{stranger}{self.path}")

    def next_elsewhere(self, _):
        self.say(listing_file.read_bytes(), Link=f'<{stranger}{self.path}>; rel="next"')

    def loop(self, _):
        self.say(listing_file.read_bytes(), Link=f'<{hub}{self.path}>; rel="next"')

    def log_message(self, *_):
        pass


class Stranger(Handler):
    name = "stranger"


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


stranger = serve(Stranger)
hub = serve(Handler)
address_file.write_text(hub)
while True:
    time.sleep(60)
