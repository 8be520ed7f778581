"""Further keys of a client, and callers that use them."""

from typing import Any

from rest_framework.test import APIClient

from clients import credentials, tokens
from faceplatform.api.scopes import ALL_SCOPES, Scope
from tests.stage import Api

CREDENTIALS = "/api/clients/credentials/"


def with_key(api: Api, *scopes: Scope, **fields: Any) -> Api:
    """Return the same client as it calls with a new key that has these scopes, or all."""
    issued = credentials.issue(api.client, scopes=scopes or ALL_SCOPES, **fields)
    http = APIClient(raise_request_exception=False)
    access = tokens.issue_tokens(issued.credential)["access"]
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return Api(http=http, client=api.client, issued=issued)


def exchange(api_key: str, api_secret: str):
    """Exchange a key and secret for tokens, as their holder does."""
    body = {"api_key": api_key, "api_secret": api_secret}
    return APIClient().post("/api/core/auth/client/", body, format="json")


def url(api: Api) -> str:
    """Return the address of the credential that the caller uses."""
    return f"{CREDENTIALS}{api.issued.credential.public_id}/"
