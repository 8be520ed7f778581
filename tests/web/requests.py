"""Requests as bytes, and their parsing without a socket."""

import json
import os
import re
import runpy
from functools import cache
from typing import Any
from unittest.mock import patch

from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.message import Request

from faceplatform.web.intake import Intake, Stage
from faceplatform.web.outbox import Outbox
from faceplatform.web.refusals import Refused
from tests.deployment import ROOT

PEER = ("127.0.0.1", 50000)
MOST = 1000
PROBLEM = b"Content-Type: application/problem+json\r\n"


@cache
def config() -> Config:
    """Return gunicorn's configuration with the product's settings of the parser."""
    with patch.dict(os.environ):
        settings = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    made = Config()
    for name in ("limit_request_line", "limit_request_fields", "forwarder_headers"):
        made.set(name, settings[name])
    return made


def intake(most: int = MOST) -> Intake:
    return Intake(config(), PEER, most=most)


def head(*fields: str, line: str = "POST /x HTTP/1.1") -> bytes:
    return "\r\n".join([line, "Host: 127.0.0.1", *fields, "", ""]).encode()


def post(body: bytes, *fields: str) -> bytes:
    return head(*fields, f"Content-Length: {len(body)}") + body


def chunked(body: bytes, *fields: str, size: int = 7, line: str = "POST /x HTTP/1.1") -> bytes:
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return head(*fields, "Transfer-Encoding: chunked", line=line) + chunks + b"0\r\n\r\n"


def feed(into: Intake, data: bytes, *, at_once: int | None = None) -> None:
    """Feed the bytes in pieces of that size; no piece may follow a whole request."""
    step = at_once or len(data)
    for start in range(0, len(data), step):
        piece = data[start : start + step]
        if into.stage is Stage.WHOLE:
            raise AssertionError("bytes were left when the request was whole")
        into.feed(memoryview(piece))


def request(data: bytes, **options: Any) -> Request:
    into = intake(**options)
    feed(into, data)
    return into.request()


def problem(refused: Refused) -> dict[str, Any]:
    """Return the document of a refusal, after checking its header."""
    top, _, body = refused.answer().partition(b"\r\n\r\n")
    lines = top.split(b"\r\n")
    assert lines[0].startswith(b"HTTP/1.1 %d " % refused.status)
    assert b"Content-Type: application/problem+json" in lines
    assert b"Connection: close" in lines
    assert b"Content-Length: %d" % len(body) in lines
    document: dict[str, Any] = json.loads(body)
    return document


def environ(of: Request) -> dict[str, Any]:
    """Return the WSGI environment of a request."""
    _, told = wsgi.create(of, Outbox(), PEER, ("127.0.0.1", 8000), config())
    return dict(told)


def without_id(answer: bytes) -> bytes:
    """Return a refusal without its request id, which differs each time."""
    return re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"", answer)
