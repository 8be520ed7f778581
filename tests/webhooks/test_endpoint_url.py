"""URLs that an endpoint may have: their usual form, and agreement of all parsers on the host."""

import random
from contextlib import suppress
from ipaddress import ip_network
from urllib.parse import urlsplit

import httpx
import pytest

from webhooks.endpoint_url import EndpointUrl, EndpointUrlRefused, UrlFault
from webhooks.http import require_allowed_url


@pytest.mark.parametrize(
    ("url", "usual"),
    [
        ("https://example.com", "https://example.com/"),
        ("https://example.com/", "https://example.com/"),
        ("HTTPS://Example.COM/Path?Q=1", "https://example.com/Path?Q=1"),
        ("https://example.com?a=b", "https://example.com/?a=b"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://xn--mnchen-3ya.example/", "https://xn--mnchen-3ya.example/"),
        ("https://a-b.c1.example/x%20y/;p=1,2", "https://a-b.c1.example/x%20y/;p=1,2"),
        ("https://example.com/a@b:c", "https://example.com/a@b:c"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:0::1111]/", "https://[2606:4700::1111]/"),
        ("https://1and1.example/", "https://1and1.example/"),
    ],
)
def test_allowed_urls(url, usual):
    assert require_allowed_url(url) == usual
    assert require_allowed_url(usual) == usual
    parsed = EndpointUrl.parse(usual)
    assert httpx.URL(usual).raw_host.decode() == urlsplit(usual).hostname == parsed.host
    assert (httpx.URL(usual).port or 443) == (urlsplit(usual).port or 443) == parsed.port


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", UrlFault.HTTPS_REQUIRED),
        ("https://example.com:22/", UrlFault.PORT),
        ("https://8.8.8.8:6379/", UrlFault.PORT),
        ("https://user:password@example.com/", UrlFault.CREDENTIALS),
        ("https://example.com/#part", UrlFault.FRAGMENT),
        ("https://example.com/#", UrlFault.FRAGMENT),
        ("https://münchen.example/", UrlFault.CHARACTERS),
        ("https://exa_mple.com/", UrlFault.HOST),
        ("https://xn--a.example/", UrlFault.HOST),
        ("https://xn--.example/", UrlFault.HOST),
        ("https://xn--l-0ga.xn--a/", UrlFault.HOST),
        ("https://-a.example/", UrlFault.HOST),
        (f"https://{'a' * 64}.example/", UrlFault.HOST),
        (f"https://{'a.' * 126}example/", UrlFault.HOST),
        ("https://10.0.0.1/", UrlFault.ADDRESS),
        ("example.com", UrlFault.MALFORMED),
        ("javascript:alert(1)", UrlFault.MALFORMED),
    ],
)
def test_refused_urls(url, reason):
    with pytest.raises(EndpointUrlRefused) as refused:
        require_allowed_url(url)
    assert refused.value.reason is reason
    assert (refused.value.status, refused.value.code) == (400, "endpoint_url_refused")


def test_debug_and_the_setting_allow_http(settings):
    settings.DEBUG = True
    assert require_allowed_url("http://example.com/") == "http://example.com/"
    settings.DEBUG = False
    settings.FACEPLATFORM_WEBHOOKS_ALLOW_HTTP = True
    assert require_allowed_url("http://example.com:8080/") == "http://example.com:8080/"


def test_names_of_allowed_networks_may_have_any_port(settings):
    settings.FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS = [ip_network("10.0.0.0/8")]
    assert require_allowed_url("https://10.1.2.3:9000/") == "https://10.1.2.3:9000/"
    # The addresses of a name show only when it is called.
    assert require_allowed_url("https://hooks.internal:9000/")
    with pytest.raises(EndpointUrlRefused):
        require_allowed_url("https://8.8.8.8:9000/")


PIECES = [
    *(
        "http://",
        "https://",
        "//",
        "/",
        "\\",
        "?",
        "#",
        "@",
        ":",
        ":80",
        ".",
        "..",
        "%",
        "%zz",
        "%2e",
    ),
    *("example.com", "127.0.0.1", "8.8.8.8", "0x7f", "1", "[::1]", "[2606:4700::1]", "[", "]"),
    *(
        "xn--",
        "xn--a",
        "xn--mnchen-3ya",
        "-",
        "_",
        "&",
        ";",
        ",",
        " ",
        "\t",
        "\r\n",
        "ü",
        "。",
        "\x00",
    ),
]


def test_random_urls_are_refused_or_read_alike_by_all_parsers():
    choose = random.Random(15)
    read = 0
    for _ in range(20_000):
        pieces = choose.choices(PIECES, k=choose.randint(1, 8))
        with suppress(EndpointUrlRefused):
            parsed = EndpointUrl.parse("http://" + "".join(pieces))
            url = httpx.URL(str(parsed))
            assert url.raw_host.decode() == urlsplit(str(parsed)).hostname == parsed.host
            assert url.host  # which httpx decodes for each request
            assert (url.port or 80) == (urlsplit(str(parsed)).port or 80) == parsed.port
            assert EndpointUrl.parse(str(parsed)) == parsed
            read += 1
    assert read > 100
