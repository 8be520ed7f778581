"""The calls of client management about users and groups."""

from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote

from tests.stage import Api

USERS = "/api/clients/users/"
GROUPS = "/api/clients/groups/"


def user_path(user_id: str, *, encoded: bool = False) -> str:
    """Return a user's address, as a caller computes it after the documentation."""
    if encoded or "/" in user_id or user_id[0] == "~" or user_id in {".", "..", "import"}:
        return f"{USERS}~{urlsafe_b64encode(user_id.encode()).decode().rstrip('=')}/"
    return f"{USERS}{quote(user_id, safe='')}/"


class Users:
    """The calls about users, by one client."""

    def __init__(self, api: Api) -> None:
        self.api, self.http = api, api.http

    def create(self, user_id: str, **fields: Any):
        return self.http.post(USERS, {"user_id": user_id, **fields}, format="json")

    def read(self, user_id: str):
        return self.http.get(user_path(user_id))

    def change(self, user_id: str, **fields: Any):
        return self.http.patch(user_path(user_id), fields, format="json")

    def erase(self, user_id: str):
        return self.http.delete(user_path(user_id))

    def post(self, user_id: str, action: str):
        return self.http.post(f"{user_path(user_id)}{action}/")

    def ids(self, **asked: Any) -> list[str]:
        return [row["user_id"] for row in self.http.get(USERS, asked).json()["results"]]
