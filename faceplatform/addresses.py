"""The network that an address belongs to: its addresses count as one caller."""

from ipaddress import IPv4Address, IPv6Network, ip_address

_IPV6_PREFIX = 64


def network_of(address: str) -> str:
    """Return an IPv4 address as it is, and for an IPv6 address its /64 network.

    A caller with one IPv6 address has all 2**64 of that network. Text that is no address (a
    socket's path, an unparsable header) is returned as it is.
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
