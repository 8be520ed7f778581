"""The address of the service."""

import ipaddress

import httpx


def checked_base_url(base_url: str, *, allow_http: bool) -> str:
    """Return the address without a slash at its end.

    Raises:
        ValueError: it is none, it has credentials, a query or a fragment, or key and secret would
            cross a network without encryption.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as e:
        raise ValueError("the base URL is no URL") from e
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("the base URL begins with https:// and a host")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("the base URL has no credentials, query or fragment")
    if url.scheme == "http" and not (allow_http or _is_loopback(url.host)):
        raise ValueError("the secret would cross a network in the clear: https, or allow_http=True")
    return base_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
