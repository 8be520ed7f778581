"""JSON of strangers: bounded in what is built of it, before anything is built.

A parser makes objects of 70 bytes and more out of the two of ``{}``: fifteen megabytes of them are
a gigabyte, and seconds in which the process does nothing else. So brackets, commas and strings are
counted first, which costs a tenth of the parsing where the body is a picture.
"""

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any, NoReturn

from faceplatform.api.bodies import Malformed

# Nothing in this API is nested deeper than a caller's metadata, or has more members.
_MAX_DEPTH = 32
_MAX_TOKENS = 8192
_TOO_DEEP = "The JSON is nested too deeply"
_NOT_STRUCTURE = bytes(set(range(256)) - set(b"[]{},:"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_BACKSLASH = ord("\\")


def require_few(body: bytes) -> None:
    """Refuse JSON of too many members or levels. Whether it is JSON at all is the parser's to say.

    Raises:
        Malformed
    """
    tokens = depth = 0
    for piece in _outside_strings(body):
        structure = piece.translate(None, _NOT_STRUCTURE)
        tokens += 1 + len(structure)
        if tokens > _MAX_TOKENS:
            raise Malformed("The JSON has too many members")
        for step in map(_STEPS.get, structure):
            depth += step or 0
            if depth > _MAX_DEPTH:
                raise Malformed(_TOO_DEEP)


def parse(text: str) -> Any:
    """The value of JSON that can be stored and given out again.

    Raises:
        Malformed: it is none, or Python reads it and neither a database nor UTF-8 can hold it.
    """
    if not text.strip():
        raise Malformed("The body is empty")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except json.JSONDecodeError as e:
        raise Malformed(f"The JSON is not valid at line {e.lineno}, column {e.colno}") from e
    except RecursionError as e:
        raise Malformed(_TOO_DEEP) from e
    except ValueError as e:  # a whole number of thousands of digits
        _no_number("", e)
    _check(value, escaped="\\" in text)
    return value


def _outside_strings(body: bytes) -> Iterator[bytes]:
    """What stands between the strings; an empty piece for each escaped quote in one."""
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
    """Whether an odd number of backslashes stands before a quote."""
    if quote == start or body[quote - 1] != _BACKSLASH:
        return False
    before = body[start:quote]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 == 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members of one name a reader takes the first and another the last (RFC 8259)."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Malformed("The JSON names a member twice")
    return members


def _no_number(_: str, cause: Exception | None = None) -> NoReturn:
    raise Malformed("The JSON holds a number out of range") from cause


def _check(value: Any, *, escaped: bool) -> None:
    """Raise Malformed for numbers beyond all bounds and for halves of characters.

    Args:
        escaped: half of a character can only be written as an escape.
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
