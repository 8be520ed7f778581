"""Forms of addresses that must not be called: each refused by name, none connected to.

A real receiver listens at all addresses of the machine. The rules about http and ports are out of
the way, so that nothing but the form or the address is a reason.
"""

import asyncio
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

import pytest

from tests.webhooks.receivers import LOOPBACK, OK, receiver, resolving_to
from webhooks.addresses import AddressPolicy, Refusal, refused_kind
from webhooks.endpoint_url import EndpointUrlRefused, UrlFault, UrlPolicy
from webhooks.http import Failure, Sender

EVERYWHERE = "0.0.0.0"  # noqa: S104  (so that a wrong connection arrives, however it is made)

# `PORT` becomes the port of the receiver.
FORMS = [
    # Names and ordinary forms of addresses of the machine itself.
    ("http://localhost:PORT/", UrlFault.ADDRESS, Refusal.LOOPBACK),
    ("http://LOCALHOST:PORT/", UrlFault.ADDRESS, Refusal.LOOPBACK),
    ("http://a.localhost:PORT/", UrlFault.ADDRESS, Refusal.LOOPBACK),
    ("http://127.0.0.1:PORT/", UrlFault.ADDRESS, Refusal.LOOPBACK),
    ("http://127.1.2.3:PORT/", UrlFault.ADDRESS, Refusal.LOOPBACK),
    ("http://127.255.255.254:PORT/", UrlFault.ADDRESS, Refusal.LOOPBACK),
    ("http://0.0.0.0:PORT/", UrlFault.ADDRESS, Refusal.UNSPECIFIED),
    ("http://0.1.2.3:PORT/", UrlFault.ADDRESS, Refusal.UNSPECIFIED),
    ("http://[::1]:PORT/", UrlFault.ADDRESS, Refusal.LOOPBACK),
    ("http://[0:0:0:0:0:0:0:1]:PORT/", UrlFault.ADDRESS, Refusal.LOOPBACK),
    ("http://[::]:PORT/", UrlFault.ADDRESS, Refusal.UNSPECIFIED),
    # IPv4 within IPv6.
    ("http://[::ffff:127.0.0.1]:PORT/", UrlFault.ADDRESS, Refusal.IPV4_MAPPED),
    ("http://[::ffff:7f00:1]:PORT/", UrlFault.ADDRESS, Refusal.IPV4_MAPPED),
    ("http://[0:0:0:0:0:ffff:7f00:0001]:PORT/", UrlFault.ADDRESS, Refusal.IPV4_MAPPED),
    ("http://[::ffff:93.184.216.34]:PORT/", UrlFault.ADDRESS, Refusal.IPV4_MAPPED),
    ("http://[::127.0.0.1]:PORT/", UrlFault.ADDRESS, Refusal.IPV4_COMPATIBLE),
    ("http://[::ffff:0:127.0.0.1]:PORT/", UrlFault.ADDRESS, Refusal.IPV4_TRANSLATED),
    ("http://[64:ff9b::127.0.0.1]:PORT/", UrlFault.ADDRESS, Refusal.NAT64),
    ("http://[64:ff9b::7f00:1]:PORT/", UrlFault.ADDRESS, Refusal.NAT64),
    ("http://[64:ff9b:1::7f00:1]:PORT/", UrlFault.ADDRESS, Refusal.NAT64),
    ("http://[2002:7f00:1::]:PORT/", UrlFault.ADDRESS, Refusal.SIX_TO_FOUR),
    ("http://[2002:7f00:1::1]:PORT/", UrlFault.ADDRESS, Refusal.SIX_TO_FOUR),
    ("http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:PORT/", UrlFault.ADDRESS, Refusal.TEREDO),
    ("http://[2a00:1450::5efe:127.0.0.1]:PORT/", UrlFault.ADDRESS, Refusal.ISATAP),
    ("http://[2a00:1450::200:5efe:7f00:1]:PORT/", UrlFault.ADDRESS, Refusal.ISATAP),
    # IPv4 as other numbers.
    ("http://2130706433:PORT/", UrlFault.IP_FORM, None),
    ("http://0x7f000001:PORT/", UrlFault.IP_FORM, None),
    ("http://0X7F000001:PORT/", UrlFault.IP_FORM, None),
    ("http://0x7f.0x0.0x0.0x1:PORT/", UrlFault.IP_FORM, None),
    ("http://0x7f.1:PORT/", UrlFault.IP_FORM, None),
    ("http://017700000001:PORT/", UrlFault.IP_FORM, None),
    ("http://0177.0.0.1:PORT/", UrlFault.IP_FORM, None),
    ("http://0177.0.0.01:PORT/", UrlFault.IP_FORM, None),
    ("http://127.0.0.01:PORT/", UrlFault.IP_FORM, None),
    ("http://127.1:PORT/", UrlFault.IP_FORM, None),
    ("http://127.0.1:PORT/", UrlFault.IP_FORM, None),
    ("http://127:PORT/", UrlFault.IP_FORM, None),
    ("http://0:PORT/", UrlFault.IP_FORM, None),
    ("http://0x:PORT/", UrlFault.IP_FORM, None),
    ("http://127.0.0.1.1:PORT/", UrlFault.IP_FORM, None),
    ("http://127.0.0.256:PORT/", UrlFault.IP_FORM, None),
    ("http://4294967297:PORT/", UrlFault.IP_FORM, None),
    ("http://example.com.1:PORT/", UrlFault.IP_FORM, None),
    # Hosts that parsers read in different ways.
    ("http://127.0.0.1.:PORT/", UrlFault.HOST, None),
    ("http://localhost.:PORT/", UrlFault.HOST, None),
    ("http://example.com..:PORT/", UrlFault.HOST, None),
    ("http://.127.0.0.1:PORT/", UrlFault.HOST, None),
    ("http://127.0.0.1%00.example.com:PORT/", UrlFault.HOST, None),
    ("http://%31%32%37.0.0.1:PORT/", UrlFault.HOST, None),
    ("http://127%2e0%2e0%2e1:PORT/", UrlFault.HOST, None),
    ("http://127.0.0.1%23.example.com:PORT/", UrlFault.HOST, None),
    ("http://[::1%25lo]:PORT/", UrlFault.HOST, None),
    ("http://[fe80::1%25eth0]:PORT/", UrlFault.HOST, None),
    ("http://[fe80::1%eth0]:PORT/", UrlFault.HOST, None),
    ("http://[127.0.0.1]:PORT/", UrlFault.HOST, None),
    ("http://[v1.127]:PORT/", UrlFault.HOST, None),
    ("http://[::1]example.com:PORT/", UrlFault.HOST, None),
    ("http://example.com[::1]:PORT/", UrlFault.HOST, None),
    ("http://[[::1]]:PORT/", UrlFault.HOST, None),
    ("http://::1:PORT/", UrlFault.HOST, None),
    ("http://example.com:80:PORT/", UrlFault.HOST, None),
    ("http://127.0.0.1,example.com:PORT/", UrlFault.HOST, None),
    ("http://127.0.0.1;example.com:PORT/", UrlFault.HOST, None),
    ("http://127.0.0.1&example.com:PORT/", UrlFault.HOST, None),
    ("http:///127.0.0.1:PORT/", UrlFault.HOST, None),
    ("http://:PORT/", UrlFault.HOST, None),
    # A user before the host.
    ("http://example.com@127.0.0.1:PORT/", UrlFault.CREDENTIALS, None),
    ("http://example.com:80@127.0.0.1:PORT/", UrlFault.CREDENTIALS, None),
    ("http://127.0.0.1:PORT@example.com/", UrlFault.CREDENTIALS, None),
    ("http://@127.0.0.1:PORT/", UrlFault.CREDENTIALS, None),
    ("http://a@b@127.0.0.1:PORT/", UrlFault.CREDENTIALS, None),
    # Characters that some parsers drop, map or take for a slash.
    ("http://example.com\\@127.0.0.1:PORT/", UrlFault.CHARACTERS, None),
    ("http:\\\\127.0.0.1:PORT/", UrlFault.CHARACTERS, None),
    ("http://127.0.0.1:PORT\\.example.com/", UrlFault.CHARACTERS, None),
    ("http://127.0.0.1\t:PORT/", UrlFault.CHARACTERS, None),
    ("ht\ntp://127.0.0.1:PORT/", UrlFault.CHARACTERS, None),
    (" http://127.0.0.1:PORT/", UrlFault.CHARACTERS, None),
    ("http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: a", UrlFault.CHARACTERS, None),
    ("http://127.0.0.1:PORT/\r\n", UrlFault.CHARACTERS, None),
    ("http://127.0.0.1\x00.example.com:PORT/", UrlFault.CHARACTERS, None),
    ("http://127\u30020\u30020\u30021:PORT/", UrlFault.CHARACTERS, None),
    ("http://127\uff0e0\uff0e0\uff0e1:PORT/", UrlFault.CHARACTERS, None),
    ("http://127\uff610\uff610\uff611:PORT/", UrlFault.CHARACTERS, None),
    ("http://\uff11\uff12\uff17.0.0.1:PORT/", UrlFault.CHARACTERS, None),
    ("http://\u2460\u2461\u2466.0.0.1:PORT/", UrlFault.CHARACTERS, None),
    ("http://l\u00adocalhost:PORT/", UrlFault.CHARACTERS, None),
    ("http://loc\u212blhost:PORT/", UrlFault.CHARACTERS, None),
    ("http://example.com\uff0f@127.0.0.1:PORT/", UrlFault.CHARACTERS, None),
    # No http at all.
    ("//127.0.0.1:PORT/", UrlFault.MALFORMED, None),
    ("http:127.0.0.1:PORT/", UrlFault.MALFORMED, None),
    ("http:/127.0.0.1:PORT/", UrlFault.MALFORMED, None),
    ("127.0.0.1:PORT", UrlFault.MALFORMED, None),
    ("", UrlFault.MALFORMED, None),
    ("ftp://127.0.0.1:PORT/", UrlFault.SCHEME, None),
    ("gopher://127.0.0.1:PORT/_GET", UrlFault.SCHEME, None),
    ("file:///etc/passwd", UrlFault.SCHEME, None),
    ("unix://127.0.0.1:PORT/", UrlFault.SCHEME, None),
    ("http+unix://127.0.0.1:PORT/", UrlFault.SCHEME, None),
    ("http://example.com:65616/", UrlFault.PORT, None),
    ("http://127.0.0.1:00000/", UrlFault.PORT, None),
    ("http://example.com#@127.0.0.1:PORT/", UrlFault.FRAGMENT, None),
    ("http://example.com/" + "a" * 2000, UrlFault.TOO_LONG, None),
]

ADDRESSES = [
    ("127.0.0.1", Refusal.LOOPBACK),
    ("127.255.255.255", Refusal.LOOPBACK),
    ("::1", Refusal.LOOPBACK),
    ("0.0.0.0", Refusal.UNSPECIFIED),  # noqa: S104
    ("0.255.255.255", Refusal.UNSPECIFIED),
    ("::", Refusal.UNSPECIFIED),
    ("10.0.0.0", Refusal.PRIVATE),
    ("10.255.255.255", Refusal.PRIVATE),
    ("172.16.0.1", Refusal.PRIVATE),
    ("172.31.255.255", Refusal.PRIVATE),
    ("192.168.0.1", Refusal.PRIVATE),
    ("fec0::1", Refusal.PRIVATE),
    ("169.254.0.1", Refusal.LINK_LOCAL),
    ("fe80::1", Refusal.LINK_LOCAL),
    ("febf::1", Refusal.LINK_LOCAL),
    ("fc00::1", Refusal.UNIQUE_LOCAL),
    ("fdff::1", Refusal.UNIQUE_LOCAL),
    ("100.64.0.1", Refusal.CGNAT),
    ("100.127.255.255", Refusal.CGNAT),
    ("224.0.0.1", Refusal.MULTICAST),
    ("239.255.255.255", Refusal.MULTICAST),
    ("ff02::1", Refusal.MULTICAST),
    ("192.0.2.1", Refusal.DOCUMENTATION),
    ("198.51.100.1", Refusal.DOCUMENTATION),
    ("203.0.113.1", Refusal.DOCUMENTATION),
    ("2001:db8::1", Refusal.DOCUMENTATION),
    ("3fff::1", Refusal.DOCUMENTATION),
    ("198.18.0.1", Refusal.BENCHMARK),
    ("198.19.255.255", Refusal.BENCHMARK),
    ("2001:2::1", Refusal.BENCHMARK),
    ("::ffff:8.8.8.8", Refusal.IPV4_MAPPED),
    ("::8.8.8.8", Refusal.IPV4_COMPATIBLE),
    ("::ffff:0:8.8.8.8", Refusal.IPV4_TRANSLATED),
    ("64:ff9b::8.8.8.8", Refusal.NAT64),
    ("64:ff9b:1:ffff::1", Refusal.NAT64),
    ("2002:808:808::1", Refusal.SIX_TO_FOUR),
    ("192.88.99.1", Refusal.SIX_TO_FOUR),
    ("2001::1", Refusal.TEREDO),
    ("2606:4700::5efe:8.8.8.8", Refusal.ISATAP),
    ("2606:4700::200:5efe:8.8.8.8", Refusal.ISATAP),
    ("192.0.0.1", Refusal.RESERVED),
    ("240.0.0.1", Refusal.RESERVED),
    ("255.255.255.255", Refusal.RESERVED),
    ("2001:10::1", Refusal.RESERVED),
    ("100::1", Refusal.RESERVED),
    ("5f00::1", Refusal.RESERVED),
    ("4000::1", Refusal.RESERVED),
    ("169.254.169.254", Refusal.METADATA),
    ("169.254.170.2", Refusal.METADATA),
    ("168.63.129.16", Refusal.METADATA),
    ("100.100.100.200", Refusal.METADATA),
    ("fd00:ec2::254", Refusal.METADATA),
    *((text, Refusal.METADATA) for text in ("169.254.42.42", "169.254.0.23", "169.254.10.10")),
    *((text, Refusal.METADATA) for text in ("fd00:42::42", "fd00:c1::a9fe:a9fe")),
    ("fd00:a9fe:a9fe::1", Refusal.METADATA),
    # An IPv4 address of metadata, in the forms of IPv6 that lead to it.
    ("::ffff:169.254.169.254", Refusal.METADATA),
    ("::169.254.169.254", Refusal.METADATA),
    ("::ffff:0:169.254.169.254", Refusal.METADATA),
    ("64:ff9b::169.254.169.254", Refusal.METADATA),
    ("64:ff9b::168.63.129.16", Refusal.METADATA),
    ("64:ff9b:1::100.100.100.200", Refusal.METADATA),
    ("64:ff9b:1:a9fe:a9:fe00::", Refusal.METADATA),
    ("2002:a9fe:a9fe::1", Refusal.METADATA),
    ("2001:0:808:808::5601:5601", Refusal.METADATA),
    ("2606:4700::5efe:a9fe:a9fe", Refusal.METADATA),
    ("2606:4700:64::169.254.169.254", Refusal.METADATA),
    ("192.31.196.1", Refusal.RESERVED),
    ("192.52.193.1", Refusal.RESERVED),
    ("192.175.48.1", Refusal.RESERVED),
    ("2620:4f:8000::1", Refusal.RESERVED),
]
PUBLIC = [
    *("8.8.8.8", "93.184.216.34", "1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.255.255"),
    *("172.32.0.0", "100.63.255.255", "100.128.0.0", "169.253.1.1", "198.17.1.1", "198.20.0.0"),
    *("223.255.255.255", "192.0.1.1", "2606:4700::1111", "2a00:1450:4001::200e", "2001:4860::1"),
]


def strict(*networks: str, port: int = 80) -> UrlPolicy:
    """Return the default policy with these networks, http, and this port."""
    addresses = AddressPolicy(tuple(map(ip_network, networks)), frozenset({port}))
    return UrlPolicy(allow_http=True, addresses=addresses)


@asynccontextmanager
async def listener():
    """Run a receiver at all addresses of the machine, IPv6 included where it has any."""
    async with receiver(host=EVERYWHERE) as listening:
        try:
            async with receiver(host="::1", port=listening.port) as on_ipv6:
                yield lambda: listening.connections + on_ipv6.connections, listening.port
        except OSError:  # a machine without IPv6
            yield lambda: listening.connections, listening.port


def test_the_table_is_large_enough():
    assert len({url for url, *_ in FORMS}) == len(FORMS) >= 60


@pytest.mark.parametrize(("form", "reason", "kind"), FORMS)
def test_a_form_is_refused_and_not_connected_to(form, reason, kind):
    async def main():
        async with listener() as (connections, port):
            policy = strict(port=port)
            url = form.replace("PORT", str(port))
            with pytest.raises(EndpointUrlRefused) as refused:
                policy.require_allowed(url)
            async with Sender(policy=policy) as sender:
                result = await sender.post(url, body=b"{}", headers={})
            return refused.value, result, connections()

    refused, result, connections = asyncio.run(main())
    assert (refused.reason, refused.kind) == (reason, kind)
    assert refused.extra["reason"] == reason
    assert result.error in {Failure.URL_REFUSED, Failure.ADDRESS_REFUSED, Failure.PORT_REFUSED}
    assert (result.status_code, connections) == (None, 0)


@pytest.mark.parametrize(("address", "kind"), ADDRESSES)
def test_a_name_with_that_address_is_refused_and_not_connected_to(address, kind):
    async def main():
        async with listener() as (connections, port):
            policy = strict(port=port)
            async with Sender(policy=policy, lookup=resolving_to(address)) as sender:
                url = f"http://rebound.example.com:{port}/"
                return await sender.post(url, body=b"{}", headers={}), connections()

    result, connections = asyncio.run(main())
    assert (result.error, connections) == (Failure.ADDRESS_REFUSED, 0)
    assert strict().addresses.refusal(ip_address(address), 80) is kind


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address):
    assert refused_kind(ip_address(address)) is None
    assert strict().addresses.refusal(ip_address(address), 80) is None
    assert strict().addresses.refusal(ip_address(address), 22) is Refusal.PORT


def test_the_receiver_would_notice_a_connection():
    async def main():
        async with listener() as (connections, port), Sender(policy=LOOPBACK) as sender:
            for host in ("127.0.0.1", "127.1.2.3"):
                await sender.post(f"http://{host}:{port}/", body=b"{}", headers={})
            return connections()

    assert asyncio.run(main()) == 2


@pytest.mark.parametrize("addresses", [("8.8.8.8", "127.0.0.1"), ("127.0.0.1", "8.8.8.8")])
def test_one_refused_address_among_several_is_enough(addresses):
    async def main():
        async with listener() as (connections, port):
            lookup = resolving_to(*addresses)
            async with Sender(policy=strict(port=port), lookup=lookup) as sender:
                url = f"http://mixed.example.com:{port}/"
                return await sender.post(url, body=b"{}", headers={}), connections()

    result, connections = asyncio.run(main())
    assert (result.error, connections) == (Failure.ADDRESS_REFUSED, 0)


def rebinding(closes: bool):
    """Post twice to a name that resolves to an allowed address once, then to a refused one."""
    answers = iter(["127.0.0.2", "127.0.0.1", "127.0.0.1"])
    asked = []

    def lookup(host):
        asked.append(host)
        return [ip_address(next(answers))]

    async def main():
        async with receiver(OK, host="127.0.0.2", closes=closes) as allowed:
            policy = strict("127.0.0.2/32", port=allowed.port)
            async with (
                receiver(port=allowed.port) as refused,
                Sender(policy=policy, lookup=lookup) as sender,
            ):
                url = f"http://rebinding.example.com:{allowed.port}/"
                results = [await sender.post(url, body=b"{}", headers={}) for _ in range(2)]
                return [result.error for result in results], allowed, refused

    return *asyncio.run(main()), asked


def test_a_second_resolution_to_another_address_is_refused():
    errors, allowed, refused, asked = rebinding(closes=True)
    assert errors == ["", Failure.ADDRESS_REFUSED]
    assert (allowed.connections, refused.connections) == (1, 0)
    assert len(asked) == 2  # one for each connection: none between check and connection


def test_a_kept_connection_stays_with_the_address_that_was_checked():
    errors, allowed, refused, asked = rebinding(closes=False)
    assert errors == ["", ""]
    assert (allowed.connections, len(allowed.requests), refused.connections) == (1, 2, 0)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:PORT/",
        "//127.0.0.1:PORT/",
        "http://[::1]:PORT/",
        "http://2130706433:PORT/",
        "/again",
    ],
)
def test_a_redirect_is_not_followed(location):
    async def main():
        async with listener() as (connections, port):
            head = f"HTTP/1.1 307 Temporary\r\nLocation: {location.replace('PORT', str(port))}\r\n"
            redirect = f"{head}Content-Length: 0\r\n\r\n".encode()
            async with (
                receiver(redirect, host="127.0.0.2") as redirecting,
                Sender(policy=strict("127.0.0.2/32")) as sender,
            ):
                url = f"http://127.0.0.2:{redirecting.port}/"
                result = await sender.post(url, body=b"{}", headers={})
                return result, connections(), len(redirecting.requests)

    result, connections, requests = asyncio.run(main())
    assert (result.error, connections, requests) == (Failure.REDIRECT, 0, 1)


def test_metadata_is_refused_even_in_an_allowed_network():
    everything = strict("0.0.0.0/0", "::/0").addresses
    for text, kind in ADDRESSES:
        expected = kind if kind is Refusal.METADATA else None
        assert everything.refusal(ip_address(text), 22) is expected
