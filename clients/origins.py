"""Web origins that a client allows: exact ones, in the form in which browsers send them."""

import ipaddress
import re
from urllib.parse import urlsplit

MOST = 20
MAX_LENGTH = 260
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_DEFAULT_PORTS = {"https": 443, "http": 80}
# Letters, digits and hyphens (RFC 1123). Other scripts come as punycode, as browsers send them.
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


class NotAnOrigin(ValueError):
    """The text is no origin that can be allowed; the message names the cause."""


def normalized(text: str) -> str:
    """Return the origin in lower case and without a default port.

    Raises:
        NotAnOrigin
    """
    if len(text) > MAX_LENGTH or not text.isascii() or any(c.isspace() for c in text):
        raise NotAnOrigin("An origin has at most 260 ASCII characters and no spaces.")
    scheme, separator, rest = text.lower().partition("://")
    if not separator or scheme not in _DEFAULT_PORTS:
        raise NotAnOrigin("Send an origin: https://host or https://host:port.")
    if set(rest) & set("/?#@\\*"):
        raise NotAnOrigin("An origin has no path, no slash at its end, no user and no wildcard.")
    host, port = _host_and_port(scheme, rest)
    if scheme == "http" and host not in _LOOPBACK:
        raise NotAnOrigin("Plain http is allowed for localhost, 127.0.0.1 and [::1] only.")
    shown = "" if port in {None, _DEFAULT_PORTS[scheme]} else f":{port}"
    return f"{scheme}://{host}{shown}"


def is_normal(text: str) -> bool:
    """Return True for an origin that can be allowed, as a browser writes it."""
    try:
        return normalized(text) == text
    except NotAnOrigin:
        return False


def _host_and_port(scheme: str, rest: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError as e:
        raise NotAnOrigin("The host or the port is not valid.") from e
    shown = f"[{host}]" if ":" in host else host
    # Nothing but a port may follow: `urlsplit` drops what stands behind a bracket.
    behind = rest.removeprefix(shown)
    is_whole = rest.startswith(shown) and behind[:1] in {"", ":"} and behind != ":"
    if not is_whole or port == 0 or not _is_host(host):
        raise NotAnOrigin("The host or the port is not valid.")
    return shown, port


def _is_host(host: str) -> bool:
    if ":" in host or host.replace(".", "").isdigit():
        try:
            return str(ipaddress.ip_address(host)) == host
        except ValueError:
            return False
    return len(host) <= 253 and all(map(_LABEL.fullmatch, host.split(".")))
