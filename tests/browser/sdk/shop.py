"""A page of another origin that uses the SDK, below a strict Content-Security-Policy."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "sdk" / "javascript" / "src"

# The landmark and title are what any page has, so that axe-core judges the element alone.
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script></head>
<body><main><h1>A shop</h1></main></body></html>
"""
_STYLE = """
body { margin: 0; font: 1rem/1.5 sans-serif; background: #eef1f5; color: #17202b; }
h1 { font-size: 1rem; text-align: center; }
@media (prefers-color-scheme: dark) { body { background: #000; color: #e9eef4; } }
"""
# Makes the element with the properties that a test gives, and keeps the events that it tells.
_SCRIPT = """
import { defineFaceCapture } from "/sdk/face-capture.js";

const NAMES = ["ready", "unsupported", "permission", "frame", "hint", "progress", "connection",
  "completed", "failed", "cancelled", "error", "screen"];
window.told = [];
for (const name of NAMES) {
  document.addEventListener(name, ({ detail }) => window.told.push({ name, ...detail }));
}
window.put = (properties) => {
  const element = Object.assign(document.createElement("face-capture"), properties);
  document.querySelector("face-capture")?.remove();
  document.querySelector("main").append(element);
  window.element = element;
};
defineFaceCapture();
window.isLoaded = true;
"""

_FILES = {
    "/": ("text/html; charset=utf-8", _PAGE),
    "/page.css": ("text/css; charset=utf-8", _STYLE),
    "/page.js": ("text/javascript; charset=utf-8", _SCRIPT),
}


@contextmanager
def open_shop(service: str) -> Iterator[str]:
    """Serve the page and the SDK's files on a free port. Yield the page's origin.

    Args:
        service: the origin of the API, which the page may call.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, _policy(service)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"  # another host than the service's 127.0.0.1
    finally:
        server.shutdown()
        server.server_close()


def _policy(service: str) -> str:
    own = ("script-src 'self'", "style-src 'self'", "media-src 'self' blob:", "base-uri 'none'")
    return "; ".join(("default-src 'none'", f"connect-src {service}", *own))


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, policy: str, *arguments) -> None:
        self._policy = policy
        super().__init__(*arguments)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        kind, content = _FILES.get(path) or ("text/javascript", self._module(path))
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", self._policy)
        self.end_headers()
        self.wfile.write(content.encode())

    def _module(self, path: str) -> str:
        file = (SOURCE / path.removeprefix("/sdk/")).resolve()
        return file.read_text() if file.is_relative_to(SOURCE) and file.is_file() else ""

    def log_message(self, *_) -> None:
        """Say nothing."""
