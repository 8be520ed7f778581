"""Which addresses count as one caller."""

from ipaddress import IPv4Address, IPv6Network, ip_address

_IPV6_PREFIX = 64


def network_of(address: str) -> str:
    """The address, or for IPv6 its /64 network: whoever has one address there has 2**64.

    Text that is no address (a socket's path, a proxy's own words) is returned as it is.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed.packed, _IPV6_PREFIX), strict=False))
