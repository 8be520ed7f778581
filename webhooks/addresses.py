"""The IP addresses that webhooks may call: decided by tables, pure."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Refusal(StrEnum):
    """Kinds of addresses that are refused."""

    METADATA = "metadata"  # of a cloud's machines, with their credentials; refused in any case
    UNSPECIFIED = "unspecified"
    LOOPBACK = "loopback"
    PRIVATE = "private"
    LINK_LOCAL = "link_local"
    UNIQUE_LOCAL = "unique_local"
    CGNAT = "cgnat"
    MULTICAST = "multicast"
    DOCUMENTATION = "documentation"
    BENCHMARK = "benchmark"
    # Forms of IPv6 that a router or the system turns into the IPv4 address within.
    IPV4_MAPPED = "ipv4_mapped"
    IPV4_COMPATIBLE = "ipv4_compatible"
    IPV4_TRANSLATED = "ipv4_translated"
    NAT64 = "nat64"
    SIX_TO_FOUR = "6to4"
    TEREDO = "teredo"
    ISATAP = "isatap"
    RESERVED = "reserved"
    PORT = "port"  # a public address, and a port that is not allowed


# After the IANA registries of special-purpose addresses. The first network that holds an address
# counts: a network comes after those within it.
_REFUSED: tuple[tuple[Refusal, tuple[str, ...]], ...] = (
    (Refusal.UNSPECIFIED, ("0.0.0.0/8", "::/128")),
    (Refusal.LOOPBACK, ("127.0.0.0/8", "::1/128")),
    (Refusal.PRIVATE, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fec0::/10")),
    (Refusal.LINK_LOCAL, ("169.254.0.0/16", "fe80::/10")),
    (Refusal.UNIQUE_LOCAL, ("fc00::/7",)),
    (Refusal.CGNAT, ("100.64.0.0/10",)),
    (Refusal.MULTICAST, ("224.0.0.0/4", "ff00::/8")),
    (
        Refusal.DOCUMENTATION,
        ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    ),
    (Refusal.BENCHMARK, ("198.18.0.0/15", "2001:2::/48")),
    (Refusal.IPV4_MAPPED, ("::ffff:0:0/96",)),
    (Refusal.IPV4_TRANSLATED, ("::ffff:0:0:0/96",)),
    (Refusal.IPV4_COMPATIBLE, ("::/96",)),
    (Refusal.NAT64, ("64:ff9b::/96", "64:ff9b:1::/48")),
    (Refusal.SIX_TO_FOUR, ("2002::/16", "192.88.99.0/24")),
    (Refusal.TEREDO, ("2001::/32",)),
    (Refusal.RESERVED, ("192.0.0.0/24", "240.0.0.0/4", "2001::/23")),
    # Public, but anybody's nearest machine answers: no backend is there (AS112, AMT).
    (
        Refusal.RESERVED,
        ("192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24", "2620:4f:8000::/48"),
    ),
)
_TABLE = tuple((ip_network(text), kind) for kind, texts in _REFUSED for text in texts)
_METADATA = frozenset(
    {
        IPv4Address("169.254.169.254"),  # AWS, Azure, Google, and most others
        IPv4Address("169.254.170.2"),  # AWS ECS
        IPv4Address("169.254.170.23"),  # AWS EKS
        IPv4Address("168.63.129.16"),  # Azure; a public address
        IPv4Address("100.100.100.200"),  # Alibaba
        IPv4Address("192.0.0.192"),  # Oracle
        IPv4Address("169.254.42.42"),  # Scaleway
        IPv4Address("169.254.0.23"),  # Tencent
        IPv4Address("169.254.10.10"),  # Tencent
        IPv6Address("fd00:ec2::254"),  # AWS
        IPv6Address("fd00:ec2::23"),  # AWS EKS
        IPv6Address("fd20:ce::254"),  # Google
        IPv6Address("fd00:c1::a9fe:a9fe"),  # Oracle
        IPv6Address("fd00:42::42"),  # Scaleway
        IPv6Address("fd00:a9fe:a9fe::1"),  # Linode
    }
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# The third quarter of an ISATAP address (RFC 5214): the last one is an IPv4 address.
_ISATAP = {0x00005EFE, 0x02005EFE}


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The operator's exceptions and ports.

    Attributes:
        networks: networks whose addresses are allowed, at any port. Addresses of a cloud's
            metadata are refused even there.
        ports: ports that are allowed at public addresses.
    """

    networks: tuple[Network, ...]
    ports: frozenset[int]

    def refusal(self, address: Address, port: int) -> Refusal | None:
        """Return why no connection to address and port may be made; None if one may."""
        if not _METADATA.isdisjoint({address, *_embedded(address)}):
            return Refusal.METADATA
        if any(address in network for network in self.networks):
            return None
        return refused_kind(address) or (None if port in self.ports else Refusal.PORT)


def _embedded(address: Address) -> list[IPv4Address]:
    """Return every IPv4 address that a router could find in an address, by any known form.

    Also by NAT64 with prefixes of the operator's own (RFC 6052), which nothing marks.
    """
    if isinstance(address, IPv4Address):
        return []
    packed = address.packed
    without_u = packed[:8] + packed[9:]  # the octet that RFC 6052 leaves out
    ends = packed[12:]  # as in mapped, compatible, translated, NAT64 and ISATAP addresses
    found = [packed[2:6], ends, bytes(~octet & 0xFF for octet in ends)]  # 6to4, those, Teredo
    found += [without_u[start : start + 4] for start in range(4, 9)]
    return [IPv4Address(octets) for octets in found]


def refused_kind(address: Address) -> Refusal | None:
    """Return the kind of an address that is not an ordinary public one; None for those."""
    for network, kind in _TABLE:
        if address in network:
            return kind
    if isinstance(address, IPv6Address):
        if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
            return Refusal.ISATAP
        if address not in _GLOBAL_UNICAST:
            return Refusal.RESERVED
    # Also whatever newer registries of the standard library know.
    return None if address.is_global else Refusal.RESERVED
