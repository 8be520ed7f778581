"""The page of a link as a browser and a messenger's preview get it, and its logo."""

import pytest

from capture.models import CaptureLink
from tests.capture.pages import link_to, redeem
from tests.stage import anonymous

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stage")]
PARENTS = ["https://app.acme.example", "https://two.acme.example"]


def opened(link: str):
    return anonymous().get(link, HTTP_ACCEPT="text/html,*/*;q=0.8")


@pytest.fixture
def link(api) -> str:
    return str(api.open_enrollment("alice", capture_link=True).json()["capture_url"])


def test_opening_the_address_uses_nothing_up(link):
    for _ in range(3):
        assert opened(link).status_code == 200
        assert anonymous().head(link).status_code == 200
    assert CaptureLink.objects.get().redeemed_at is None
    assert redeem(link).status_code == 200


def test_the_page_loads_and_sends_nothing_elsewhere(link):
    answer = opened(link)
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' blob: data:",
        "media-src": "blob:",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Permissions-Policy"].startswith("camera=(self), microphone=()")


def test_the_page_names_who_asks_and_holds_no_secret(api, link):
    api.http.patch("/api/clients/capture/", {"name": "Acme <b>"}, format="json")
    page = opened(link).content.decode()
    assert "<title>Acme &lt;b&gt;</title>" in page
    assert "fcl_" not in page
    assert "enr_" not in page


@pytest.mark.parametrize(
    ("options", "ancestors"),
    [({}, " ".join(PARENTS)), ({"parent_origin": PARENTS[1]}, PARENTS[1])],
)
def test_the_parents_that_the_client_allows_may_show_it(api, options, ancestors):
    api.http.patch("/api/clients/capture/", {"allowed_parents": PARENTS}, format="json")
    answer = opened(link_to(api, api.enrollment_token(), **options))
    assert answer["Content-Security-Policy"].endswith(f"; frame-ancestors {ancestors}")
    assert "X-Frame-Options" not in answer


def test_a_parent_that_is_not_allowed_any_more_may_show_it_no_more(api):
    api.http.patch("/api/clients/capture/", {"allowed_parents": PARENTS}, format="json")
    link = link_to(api, api.enrollment_token(), parent_origin=PARENTS[1])
    api.http.patch("/api/clients/capture/", {"allowed_parents": PARENTS[:1]}, format="json")
    assert opened(link)["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert redeem(link).json()["parents"] == []


@pytest.mark.parametrize("secret", ["fcl_" + "x" * 43, "unknown", "%00", "fcl_" + "y" * 5000])
def test_there_is_no_page_without_a_link(secret):
    answer = opened(f"/capture/{secret}")
    assert answer.status_code == 404
    assert "text/html" in answer["Content-Type"]
    assert secret not in answer.content.decode()


def test_the_page_of_a_used_link_can_tell_so(link):
    redeem(link)
    assert opened(link).status_code == 200
