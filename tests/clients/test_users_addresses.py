"""Addresses of users: every id that enrollment accepts is one segment of a path, and back."""

import random
from base64 import urlsafe_b64encode
from urllib.parse import unquote, urlsplit

import pytest

from clients.users.addresses import NOBODY, SLASH_HINT, segment_of, user_id_of
from tests.clients.users import USERS, Users, user_path
from tests.stage import problem

NASTY = [
    "u-1001",
    "import",
    "Import",
    "activate",
    "a/activate",
    "a/enrollments/",
    "/",
    "//",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "...",
    "../..",
    "~",
    "~YQ",
    "~import",
    "user@example.com",
    " ",
    " leading and trailing ",
    "a b",
    "a+b",
    "100%",
    "%2F",
    "%2e%2e",
    "?user=1",
    "#1",
    "a;b=c",
    "a:b",
    "a\\b",
    '"<&>"',
    "日本語",
    "أحمد",
    "🙂" * 150,
    "e\u0301",
    "\u00e9",
    "\u0647\u200c\u0646",
    "x" * 150,
    "-_=",
    "None",
]
_ALPHABET = "ab/.~%+ ?#\\@é日🙂=-_"


def of_chance() -> list[str]:
    choice = random.Random(14)
    return ["".join(choice.choices(_ALPHABET, k=choice.randrange(1, 12))) for _ in range(400)]


@pytest.mark.parametrize("user_id", [*NASTY, *of_chance()])
def test_a_segment_names_its_user_and_stays_one_segment(user_id):
    segment = segment_of(user_id)
    assert user_id_of(segment) == user_id
    assert "/" not in segment
    assert segment not in {"", ".", "..", "import"}
    always = "~" + urlsafe_b64encode(user_id.encode()).decode().rstrip("=")
    assert user_id_of(always) == user_id


def test_no_two_users_share_a_segment():
    ids = {*NASTY, *of_chance()}
    assert len({segment_of(user_id) for user_id in ids}) == len(ids)


@pytest.mark.parametrize(
    "segment",
    [
        "~",
        "~Y",
        "~YQ==",
        "~YR",
        "~Y Q",
        "~YQ\n",
        "~Y.Q",
        "~/w",
        "~_w",
        "~gA",
        "~é",
        "~YQ=",
        "~Y+Q/",
    ],
)
def test_a_malformed_one_names_nobody(segment):
    assert user_id_of(segment) == NOBODY


@pytest.mark.django_db
@pytest.mark.parametrize("user_id", NASTY)
def test_each_can_be_created_read_listed_changed_and_erased(api, user_id):
    users = Users(api)
    created = users.create(user_id)
    assert created.status_code == 201, created.content
    path = created.json()["path"]
    assert path == user_path(user_id) or unquote(path) == unquote(user_path(user_id))
    # As an HTTP client sends it: one segment, in ASCII, that no proxy changes.
    segment = urlsplit(path).path.removeprefix(USERS).removesuffix("/")
    assert path.isascii()
    assert urlsplit(path).query == urlsplit(path).fragment == ""
    assert "/" not in unquote(segment)
    for address in (path, user_path(user_id, encoded=True)):
        assert api.http.get(address).json()["user_id"] == user_id
    assert users.ids(user_id=user_id) == [user_id]
    changed = api.http.patch(path, {"display_name": "Somebody"}, format="json").json()
    assert changed["display_name"] == "Somebody"
    assert api.http.post(f"{path}deactivate/").json()["is_active"] is False
    for below in ("enrollments", "authentications"):
        assert api.http.get(f"{path}{below}/").json()["results"] == []
    assert api.http.delete(path).json()["counts"]["users"] == 1
    problem(api.http.get(path), 404, "user_not_found")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["team%2Fbob/", "team/bob/", "a%2Fb/c%2Fd/"])
def test_an_id_with_a_slash_is_told_of_its_other_form(api, path):
    detail = problem(api.http.get(f"{USERS}{path}"), 404, "not_found")["detail"]
    assert detail == f"There is no such address; {SLASH_HINT}"


@pytest.mark.django_db
@pytest.mark.parametrize("segment", ["~", "~Y", "~YQ==", "~_w", "nobody", "%00", "x" * 151, "%ff"])
@pytest.mark.parametrize("below", ["", "activate/", "enrollments/"])
def test_an_unknown_one_is_not_found(api, segment, below):
    call = api.http.post if below == "activate/" else api.http.get
    problem(call(f"{USERS}{segment}/{below}"), 404, "user_not_found")
