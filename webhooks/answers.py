"""The result of one HTTP request: a receiver's answer, or the stable code of a failure."""

import codecs
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

MOST_TEXT_BYTES = 500
# Decades: more than anybody waits.
_MOST_SECONDS = 10**9


class Failure(StrEnum):
    """Codes of failed attempts; programs may rely on them."""

    URL_REFUSED = "url_refused"
    """The endpoint's URL is not allowed, or no longer."""
    DNS_FAILED = "dns_failed"
    """No address of the host is known, or DNS did not answer in time."""
    ADDRESS_REFUSED = "address_refused"
    """The host has an address that may not be called."""
    PORT_REFUSED = "port_refused"
    """The port may not be called at this address."""
    CONNECT_FAILED = "connect_failed"
    """The connection was refused, or no route leads there."""
    CONNECT_TIMEOUT = "connect_timeout"
    """No connection, or no TLS handshake, in time."""
    CERTIFICATE_REFUSED = "certificate_refused"
    """The receiver's certificate has expired, is for another host, or is not trusted."""
    TLS_FAILED = "tls_failed"
    """The TLS handshake failed for another reason."""
    CONNECTION_LOST = "connection_lost"
    """The connection was reset before there was an answer."""
    PROTOCOL_ERROR = "protocol_error"
    """The answer is no HTTP, has over 64 kB of headers or over 10 interim answers before it, or the
    connection was closed first."""
    TIMEOUT = "timeout"
    """No answer within the time for the whole request."""
    REDIRECT = "redirect"
    """A status of 300 to 399: redirects are not followed."""
    STATUS = "status"
    """Any other status that is not 200 to 299; see the status itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The result of one request.

    Attributes:
        status_code: None where no answer came.
        milliseconds: from the beginning to the end of the request, connecting included.
        error: a `Failure`; empty after a success.
        retry_after: the wait that the receiver asked for, as long as it said.
        text: the first `MOST_TEXT_BYTES` of the answer's body, printable.
    """

    status_code: int | None
    milliseconds: int
    error: str
    retry_after: timedelta | None
    text: str

    @property
    def succeeded(self) -> bool:
        return not self.error


def status_failure(status_code: int) -> Failure | None:
    """Return the failure that a status means; None for a success."""
    if 200 <= status_code < 300:
        return None
    return Failure.REDIRECT if 300 <= status_code < 400 else Failure.STATUS


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Return the wait that a header ``Retry-After`` asks for: seconds, or a date (RFC 9110).

    None without one, or with one that is neither. A date in the past is no wait.
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        digits = value.lstrip("0") or "0"
        is_long = len(digits) >= len(str(_MOST_SECONDS))
        return timedelta(seconds=_MOST_SECONDS if is_long else int(digits))
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(date - now, timedelta())


def printable(start: bytes) -> str:
    """Return the first bytes of a body as one line of printable text.

    Invalid UTF-8 is replaced, and a character that the cut would split is left out. Controls,
    also those that change the direction of text, become blanks.
    """
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(start[:MOST_TEXT_BYTES])
    return "".join(character if character.isprintable() else " " for character in text).strip()
