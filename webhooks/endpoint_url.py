"""URLs of endpoints: read strictly, so that no two parsers can see different hosts in one."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Self

import idna
from django.conf import settings

from faceplatform.errors import FaceplatformError
from webhooks.addresses import Address, AddressPolicy, Refusal

_LONGEST = 2000
# Printable ASCII without characters that parsers disagree about: backslash, quotes, `<>^{|}`.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(#?.*)")
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
_NAME = re.compile(r"(?!.{254})(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.(?!$)|$))+")
# A last label that looks like a number: the system reads the host as an IPv4 address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LOCAL = (IPv4Address("127.0.0.1"), IPv6Address("::1"))  # RFC 6761


class UrlFault(StrEnum):
    """Reasons why the URL of an endpoint is refused."""

    TOO_LONG = "too_long"  # more than 2,000 characters
    CHARACTERS = "characters"  # blanks, controls, backslashes, anything but ASCII
    MALFORMED = "malformed"  # no absolute URL
    SCHEME = "scheme"  # neither https nor http
    HTTPS_REQUIRED = "https_required"
    CREDENTIALS = "credentials"  # a user or password
    FRAGMENT = "fragment"  # which no request would carry
    HOST = "host"  # neither a DNS name nor an IP address
    IP_FORM = "ip_form"  # an IPv4 address other than as four decimal numbers
    ADDRESS = "address"  # an address that may not be called
    PORT = "port"


_ASK = "the operator of this service can allow"
_DETAILS = {
    UrlFault.TOO_LONG: f"The URL has more than {_LONGEST} characters",
    UrlFault.CHARACTERS: "The URL has characters that are not allowed in one; write a host name in "
    "its ASCII form (xn--...) and percent-encode the rest",
    UrlFault.MALFORMED: "This is no absolute URL, such as https://example.com/webhooks",
    UrlFault.SCHEME: "The URL must begin with https://",
    UrlFault.HTTPS_REQUIRED: f"The URL must begin with https://; {_ASK} http "
    "(FACEPLATFORM_WEBHOOKS_ALLOW_HTTP)",
    UrlFault.CREDENTIALS: "The URL must not contain a user or a password",
    UrlFault.FRAGMENT: "The URL must not contain a fragment (#)",
    UrlFault.HOST: "The host of the URL is neither a DNS name nor an IP address",
    UrlFault.IP_FORM: "An IPv4 address must be written as four decimal numbers, such as 192.0.2.1",
    UrlFault.ADDRESS: f"The address in the URL may not be called; {_ASK} its network "
    "(FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS)",
    UrlFault.PORT: "The port of the URL is not allowed",
}


class EndpointUrlRefused(FaceplatformError):
    """The URL may not be called.

    Attributes:
        reason: also a member of the problem document.
        kind: the kind of the refused address; None for another reason.

    Args:
        ports: those that are allowed, where another one was the reason.
    """

    code = "endpoint_url_refused"
    status = 400
    title = "The URL of a webhook endpoint is not allowed"

    def __init__(
        self,
        reason: UrlFault,
        kind: Refusal | None = None,
        *,
        ports: Collection[int] | None = None,
    ) -> None:
        self.reason = reason
        self.kind = kind
        extra: dict[str, Any] = {"reason": reason.value} | (
            {"address_kind": kind.value} if kind else {}
        )
        detail = _DETAILS[reason]
        if ports is not None:
            extra |= {"allowed_ports": sorted(ports)}
            listed = ", ".join(str(port) for port in sorted(ports))
            detail += f": allowed are {listed}; {_ASK} others (FACEPLATFORM_WEBHOOKS_PORTS)"
        super().__init__(detail, extra=extra)


@dataclass(frozen=True, slots=True)
class EndpointUrl:
    """A URL whose parts are unmistakable.

    Attributes:
        host: a DNS name in lower case, or an IP address in its usual form.
        target: path and query.
    """

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the parts of a URL.

        Raises:
            EndpointUrlRefused
        """
        if len(url) > _LONGEST:
            raise EndpointUrlRefused(UrlFault.TOO_LONG)
        if not _CHARACTERS.fullmatch(url):
            raise EndpointUrlRefused(UrlFault.CHARACTERS)
        parts = _PARTS.fullmatch(url)
        if parts is None:
            raise EndpointUrlRefused(UrlFault.MALFORMED)
        scheme, authority, target, fragment = parts.groups()
        scheme = scheme.lower()
        if scheme not in _DEFAULT_PORTS:
            raise EndpointUrlRefused(UrlFault.SCHEME)
        if "@" in authority:
            raise EndpointUrlRefused(UrlFault.CREDENTIALS)
        if fragment:
            raise EndpointUrlRefused(UrlFault.FRAGMENT)
        host, port = _host_and_port(authority, _DEFAULT_PORTS[scheme])
        return cls(scheme, host, port, target if target.startswith("/") else f"/{target}")

    @property
    def address(self) -> Address | None:
        """The host as an IP address; None if it is a name."""
        if ":" in self.host:
            return IPv6Address(self.host)
        last_label = self.host.rpartition(".")[2]
        return IPv4Address(self.host) if _NUMBER.fullmatch(last_label) else None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """The operator's rules for URLs."""

    allow_http: bool
    addresses: AddressPolicy

    @classmethod
    def configured(cls) -> Self:
        """Return the rules that the settings contain."""
        return cls(
            allow_http=settings.FACEPLATFORM_WEBHOOKS_ALLOW_HTTP or settings.DEBUG,
            addresses=AddressPolicy(
                networks=tuple(settings.FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS),
                ports=frozenset(settings.FACEPLATFORM_WEBHOOKS_PORTS),
            ),
        )

    def require_allowed(self, url: str) -> EndpointUrl:
        """Return the parts of a URL that may be called, as far as that shows without DNS.

        Raises:
            EndpointUrlRefused
        """
        parsed = EndpointUrl.parse(url)
        if parsed.scheme == "http" and not self.allow_http:
            raise EndpointUrlRefused(UrlFault.HTTPS_REQUIRED)
        if parsed.address is not None:
            self._require_any((parsed.address,), parsed.port)
        elif parsed.host == "localhost" or parsed.host.endswith(".localhost"):
            self._require_any(_LOCAL, parsed.port)
        elif parsed.port not in self.addresses.ports and not self.addresses.networks:
            raise EndpointUrlRefused(UrlFault.PORT, ports=self.addresses.ports)
        return parsed

    def _require_any(self, addresses: tuple[Address, ...], port: int) -> None:
        refusals = [self.addresses.refusal(address, port) for address in addresses]
        if None in refusals:
            return
        if refusals[0] is Refusal.PORT:
            raise EndpointUrlRefused(UrlFault.PORT, ports=self.addresses.ports)
        raise EndpointUrlRefused(UrlFault.ADDRESS, refusals[0])


def require_allowed_url(url: str) -> str:
    """Return the URL in its usual form, if an endpoint may have it.

    Names are resolved only when they are called, and the addresses are checked then.

    Raises:
        EndpointUrlRefused
    """
    usual = str(UrlPolicy.configured().require_allowed(url))
    if len(usual) > _LONGEST:  # by the slash before a query
        raise EndpointUrlRefused(UrlFault.TOO_LONG)
    return usual


def _host_and_port(authority: str, default_port: int) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise EndpointUrlRefused(UrlFault.HOST)
    host, port = _host(found[1].lower()), int(found[2] or default_port)
    if not 0 < port < 65_536:
        raise EndpointUrlRefused(UrlFault.PORT)
    return host, port


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(IPv6Address("" if "%" in text else text[1:-1]))
        except ValueError as e:
            raise EndpointUrlRefused(UrlFault.HOST) from e
    if not _NAME.fullmatch(text) or not _is_decodable(text):
        raise EndpointUrlRefused(UrlFault.HOST)
    if _NUMBER.fullmatch(text.rpartition(".")[2]):
        try:
            return str(IPv4Address(text))
        except ValueError as e:
            raise EndpointUrlRefused(UrlFault.IP_FORM) from e
    return text


def _is_decodable(name: str) -> bool:
    """Return False if a label claims to be Unicode (``xn--...``) and is none; httpx fails on it."""
    try:
        if "xn--" in name:
            idna.decode(name)
    except idna.IDNAError:
        return False
    return True
