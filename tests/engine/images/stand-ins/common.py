"""What every stand-in shares: HTTP answers, variables that must be set, and an orderly end."""

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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


def serve(port, routes, host="0.0.0.0"):
    """Answer HTTP on `port` beside everything else. `routes` maps "METHOD /path" to a function of a request's body that returns
    a status and a body: text, or anything that JSON can say."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            route = routes.get(f"{self.command} {self.path}")
            status, said = route(body) if route else (404, "not found\n")
            is_text = isinstance(said, str)
            data = (said if is_text else json.dumps(said)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if is_text else "application/json")
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
