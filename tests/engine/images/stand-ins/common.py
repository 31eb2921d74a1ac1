"""What every stand-in shares: HTTP answers, variables that must be set, and an orderly end."""

import gzip
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

# The first process of a container ignores SIGTERM unless it asks for it.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def log(message):
    print(message, file=sys.stderr)


def fail(message):
    """End as a program does that cannot use its configuration."""
    log(f"fatal: {message}")
    sys.exit(1)


def required(*names):
    """The values of variables, all of which must be set."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        fail(f"not set: {', '.join(missing)}")
    return [os.environ[name] for name in names]


class Request:
    """What a route is asked."""

    def __init__(self, headers, body, rest, query):
        self.headers, self.body, self.rest, self.query = headers, body, rest, query


def serve(port, routes, host="0.0.0.0"):
    """Answer HTTP on `port` beside everything else. `routes` maps "METHOD /path" to a function of a request that returns a
    status and a body: text, bytes of protobuf, or anything that JSON can say. A path that ends with a slash answers for
    what is below it, which is the request's `rest`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            url = urlsplit(self.path)
            folder, _, rest = url.path.rpartition("/")
            exact, below = f"{self.command} {url.path}", f"{self.command} {folder}/"
            route = routes.get(exact) or (routes.get(below) if folder and rest else None)
            request = Request(self.headers, body, rest, dict(parse_qsl(url.query)))
            status, said = route(request) if route else (404, "not found\n")
            if isinstance(said, bytes):
                kind, data = "application/x-protobuf", said
            elif isinstance(said, str):
                kind, data = "text/plain", said.encode()
            else:
                kind, data = "application/json", json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = answer

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    log(f"listening on {host}:{port}")


def wait():
    """Until SIGTERM."""
    threading.Event().wait()
