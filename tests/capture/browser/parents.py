"""Pages of other origins that show a link in a frame, and keep what it tells them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_PAGE = """<!doctype html><html lang="en"><title>Parent</title><h1>Parent</h1>
<script>
  window.told = [];
  addEventListener("message", ({{ data, origin }}) => told.push({{ ...data, origin }}));
</script>
<iframe src="{link}" allow="camera" title="Face" width="800" height="900"></iframe></html>"""


class _Parent(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        (link,) = parse_qs(urlsplit(self.path).query).get("link", [""])
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(_PAGE.format(link=escape(link)).encode())

    def log_message(self, *_) -> None:
        """Say nothing."""


@contextmanager
def open_parents(number: int) -> Iterator[list[str]]:
    """Serve such a page on so many origins; yield these."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Parent) for _ in range(number)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [f"http://localhost:{server.server_port}" for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()
