"""Links to the capture page, as the backend and the page use them."""

from typing import Any

from tests.stage import Api, anonymous


def allow(api: Api, *origins: str) -> None:
    """Set the origins that the client allows."""
    api.client.allowed_origins = list(origins)
    api.client.save()


def link_to(api: Api, token: str, **options: Any) -> str:
    """Return a new link to the session of the token."""
    headers = {"X-Session-Token": token}
    path = "/api/auth/sessions/current/link/"
    answer = api.http.post(path, options, format="json", headers=headers)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["capture_url"])


def secret_of(link: str) -> str:
    return link.rpartition("/")[2]


def redeem(link: str) -> Any:
    """Return the answer that the link's page gets."""
    body = {"link": secret_of(link)}
    return anonymous().post("/api/capture/redeem/", body, format="json")
