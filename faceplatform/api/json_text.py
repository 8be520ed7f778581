"""JSON parsing that first limits the number of objects the text would become.

A parser turns the two bytes of ``{}`` into an object of 64 bytes: 15 MB of them become a gigabyte,
and block the process for seconds. Counting brackets, commas and strings first is cheap: it jumps
from quote to quote, so an image costs little.
"""

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any, NoReturn

from faceplatform.api.bodies import Malformed

# The caller's metadata is the deepest and largest JSON that this API takes.
MAX_DEPTH = 32
MAX_TOKENS = 8192
_TOO_DEEP = "The JSON is nested too deeply"
_NOT_STRUCTURE = bytes(set(range(256)) - set(b"[]{},:"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_BACKSLASH = ord("\\")


def check_structure(body: bytes) -> None:
    """Refuse text that would become too many members or levels, whether or not it is valid JSON.

    Raises:
        Malformed
    """
    tokens = depth = 0
    for piece in _outside_strings(body):
        structure = piece.translate(None, _NOT_STRUCTURE)
        tokens += 1 + len(structure)
        if tokens > MAX_TOKENS:
            raise Malformed("The JSON has too many members")
        for step in map(_STEPS.get, structure):
            depth += step or 0
            if depth > MAX_DEPTH:
                raise Malformed(_TOO_DEEP)


def parse(text: str) -> Any:
    """Parse JSON.

    Raises:
        Malformed: the text is not JSON, or holds values that a database or UTF-8 cannot hold.
    """
    if not text.strip():
        raise Malformed("The body is empty")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except json.JSONDecodeError as e:
        raise Malformed(f"The JSON is not valid at line {e.lineno}, column {e.colno}") from e
    except RecursionError as e:
        raise Malformed(_TOO_DEEP) from e
    except ValueError as e:  # a whole number of more than 4,300 digits
        _no_number("", e)
    _check(value, escaped="\\" in text)
    return value


def _outside_strings(body: bytes) -> Iterator[bytes]:
    """Yield the pieces between strings, and an empty piece for each escaped quote in a string."""
    start = 0
    while (quote := body.find(b'"', start)) >= 0:
        yield body[start:quote]
        start = quote + 1
        while (end := body.find(b'"', start)) >= 0 and _is_escaped(body, start, end):
            yield b""
            start = end + 1
        if end < 0:
            return
        start = end + 1
    yield body[start:]


def _is_escaped(body: bytes, start: int, quote: int) -> bool:
    """Return True if an odd number of backslashes precedes the quote."""
    if quote == start or body[quote - 1] != _BACKSLASH:
        return False
    before = body[start:quote]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; refuse repeated names, which parsers resolve differently (RFC 8259, 4)."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Malformed("The JSON names a member twice")
    return members


def _no_number(_: str, cause: Exception | None = None) -> NoReturn:
    raise Malformed("The JSON holds a number out of range") from cause


def _check(value: Any, *, escaped: bool) -> None:
    """Raise Malformed for infinite numbers and lone surrogates.

    Args:
        escaped: the text has escapes. Only an escape can write a lone surrogate.
    """
    nodes = [value]
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict):
            nodes += [*node.keys(), *node.values()]
        elif isinstance(node, list):
            nodes += node
        elif isinstance(node, float) and not isfinite(node):
            _no_number("")
        elif escaped and isinstance(node, str) and not _is_text(node):
            raise Malformed("The JSON holds half of a surrogate pair")


def _is_text(string: str) -> bool:
    try:
        string.encode()
    except UnicodeEncodeError:
        return False
    return True
