"""The list of addresses whose identifications failed; unlocking one, by the client and by staff."""

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from clients.models import AddressAttempts
from tests.lockout.test_identification import post
from tests.stage import problem

pytestmark = pytest.mark.django_db
ADDRESSES = "/api/clients/lockouts/addresses/"


@pytest.fixture(autouse=True)
def enrolled(one, stage, clock):
    one.enroll(stage, "alice", frames=1)


def lock(api, address: str = "127.0.0.1") -> None:
    now = timezone.now()
    AddressAttempts.objects.create(
        client=api.client, address=address, failures=50, failed_at=now, locked_at=now
    )


def unlock(api, address: str):
    return api.http.post(f"{ADDRESSES}unlock/", {"address": address}, format="json")


def listed(api) -> list[dict]:
    found: list[dict] = api.http.get(ADDRESSES).json()["results"]
    return found


def test_failed_identifications_are_listed_by_address(one, stage):
    assert listed(one) == []
    for _ in range(5):
        assert one.identify(stage.frame("mallory"))["reason"] == "no_match"
    (row,) = listed(one)
    assert (row["address"], row["consecutive_failures"]) == ("127.0.0.1", 5)
    assert row["is_locked"] is False
    assert row["locked_until"] > row["failed_at"]


def test_an_unlocked_address_identifies_again(one, stage):
    lock(one)
    assert [row["is_locked"] for row in listed(one)] == [True]
    problem(one.open_authentication(), 423, "address_locked")
    answer = unlock(one, "127.0.0.1")
    assert answer.status_code == 200
    assert answer.json() == {
        "address": "127.0.0.1",
        "consecutive_failures": 0,
        "locked_until": None,
        "is_locked": False,
        "failed_at": None,
    }
    assert listed(one) == []
    assert one.identify(stage.frame("alice"))["result"] == "success"
    assert unlock(one, "127.0.0.1").status_code == 200


def test_any_address_of_a_network_names_it(one, stage):
    token = one.authentication_token()
    assert post(token, stage.frame("mallory"), "2001:db8::1").json()["reason"] == "no_match"
    assert [row["address"] for row in listed(one)] == ["2001:db8::/64"]
    assert unlock(one, "2001:db8::9").json()["address"] == "2001:db8::/64"
    assert unlock(one, "2001:db8::/64").status_code == 200


def test_another_clients_count_is_not_found(one, other):
    lock(other)
    assert listed(one) == []
    problem(unlock(one, "127.0.0.1"), 404, "address_not_found")
    problem(unlock(one, "192.0.2.1"), 404, "address_not_found")
    assert AddressAttempts.objects.get().failures == 50


@pytest.mark.parametrize("body", [{}, {"address": ""}, {"address": "x" * 65}, {"ip": "::1"}, []])
def test_a_bad_address(one, body):
    answer = one.http.post(f"{ADDRESSES}unlock/", body, format="json")
    problem(answer, 400, "validation_failed")


def test_staff_unlocks_in_the_admin(one, admin_client):
    lock(one)
    row = AddressAttempts.objects.get()
    form = {"action": "unlock", "_selected_action": [row.pk]}
    answer = admin_client.post("/admin/clients/addressattempts/", form, follow=True)
    assert "The addresses are unlocked." in answer.content.decode()
    row.refresh_from_db()
    assert (row.failures, row.locked_at) == (0, None)
    assert LogEntry.objects.get().change_message == "Unlocked."
