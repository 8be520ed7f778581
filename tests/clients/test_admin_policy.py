"""A client's policy as a form: a field for each key, made from the model of the policy."""

from typing import Literal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from pydantic import BaseModel, Field

from clients.admin import policy_form
from clients.models import Client
from faceplatform.conf import CapturePolicy, QualityLimits

pytestmark = pytest.mark.django_db
FORM = {
    "is_active": "on",
    "tier": "standard",
    "time_zone": "UTC",
    "credentials-TOTAL_FORMS": "0",
    "credentials-INITIAL_FORMS": "0",
}


def page_of(api) -> str:
    return f"/admin/clients/client/{api.client.pk}/change/"


def save(browser: Browser, api, **values: object):
    """Send the form with these keys of the policy, and the others at their default."""
    keys = {f"policy__{name}": value for name, value in values.items()}
    return browser.post(page_of(api), {**FORM, "name": api.client.name, **keys})


def stored(api) -> dict:
    return Client.objects.get(pk=api.client.pk).policy


def test_each_key_has_a_field_with_default_bounds_and_help(api, admin_client):
    page = admin_client.get(page_of(api)).content.decode()
    names = [
        *(f"policy__{name}" for name in CapturePolicy.model_fields if name != "quality"),
        *(f"policy__quality__{name}" for name in QualityLimits.model_fields),
    ]
    assert not [name for name in names if f'name="{name}"' not in page]
    assert "Lifetime of a session. At least 30, at most 3600. Default: 600." in page
    assert 'placeholder="600"' in page
    assert "Default (refuse)" in page


def test_only_what_is_not_left_at_its_default_is_stored(api, admin_client):
    chosen = {"duplicate_face": "flag", "keep_images": "True", "session_seconds": "60"}
    assert save(admin_client, api, **chosen, quality__pose="0.5").status_code == 302
    assert stored(api) == {
        "duplicate_face": "flag",
        "keep_images": True,
        "session_seconds": 60,
        "quality": {"pose": 0.5},
    }
    page = admin_client.get(page_of(api)).content.decode()
    assert 'value="60"' in page
    assert '<option value="flag" selected>' in page
    assert "<strong>0.5</strong>" in page  # in force, and not the default
    # Back to the default, but for one.
    assert save(admin_client, api, keep_images="False").status_code == 302
    assert stored(api) == {"keep_images": False}


def test_saved_as_it_is_nothing_changes(api, admin_client, heard):
    save(admin_client, api, liveness="off", target_samples="2")
    heard.clear()
    assert save(admin_client, api, liveness="off", target_samples="2").status_code == 302
    assert not [event for event in heard if type(event).__name__ == "ClientChanged"]


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"session_seconds": "29"}, "session_seconds", "greater than or equal to 30"),
        ({"session_seconds": "a"}, "session_seconds", "Enter a whole number"),
        ({"false_match_rate": "0"}, "false_match_rate", "greater than 0"),
        ({"quality__pose": "2"}, "quality__pose", "less than or equal to 1"),
        ({"liveness": "none"}, "liveness", "Select a valid choice"),
    ],
)
def test_a_fault_is_shown_beside_its_field(api, admin_client, values, field, told):
    answer = save(admin_client, api, **values)
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert list(errors) == [f"policy__{field}"]
    assert told in str(errors)
    assert stored(api) == {}


def test_a_fault_of_several_keys_is_shown_above(api, admin_client):
    answer = save(admin_client, api, target_samples="5", max_target_samples="4")
    assert "must lie between" in str(answer.context["adminform"].form.non_field_errors())
    assert stored(api) == {}


def test_staff_that_may_only_look_sees_the_policy_in_force(api):
    Client.objects.update(policy={"session_seconds": 61})
    user = User.objects.create_user("staff", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_client"))
    browser = Browser()
    browser.force_login(user)
    page = browser.get(page_of(api)).content.decode()
    assert '<th scope="row">session_seconds</th><td><strong>61</strong></td>' in page
    assert "policy__" not in page
    assert save(browser, api, session_seconds="62").status_code == 403


def test_keys_of_another_release_are_named_when_they_go(api, admin_client):
    Client.objects.update(policy={"unheard_of": 1, "quality": {"aura": 1}})
    assert "There is no such key" in admin_client.get(page_of(api)).content.decode()
    values = {**FORM, "name": api.client.name, "policy__session_seconds": "60"}
    page = admin_client.post(page_of(api), values, follow=True).content.decode()
    assert "were removed: unheard_of, quality.aura." in page
    assert stored(api) == {"session_seconds": 60}


class Challenge(BaseModel):
    steps: int = Field(2, ge=1, description="Moves to make.")
    kind: Literal["nod", "turn"] = "nod"


class Later(BaseModel):
    """A policy of a later release."""

    challenge: Challenge = Challenge()
    names: list[str] = []


def test_a_key_that_a_release_adds_appears_by_itself():
    keys = policy_form.keys_of(Later)
    fields = {key.field_name: policy_form.field_of(key) for key in keys}
    assert list(fields) == [
        "policy__challenge__steps",
        "policy__challenge__kind",
        "policy__names",
    ]
    assert fields["policy__challenge__steps"].help_text == "Moves to make. At least 1. Default: 2."
    cleaned = {"policy__challenge__kind": "turn", "policy__names": ["a"]}
    overrides = {"challenge": {"kind": "turn"}, "names": ["a"]}
    assert policy_form.overrides_of(keys, cleaned) == overrides
    assert policy_form.initial_of(keys, overrides) == cleaned
