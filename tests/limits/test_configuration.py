"""Tiers and a client's own limits: staff's, validated, loud."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from clients.models import Client
from faceplatform import limits
from faceplatform.errors import ConfigurationError


def test_a_new_client_is_refused_nothing_that_was_allowed_before():
    standard = limits.tiers("{}")["standard"]
    assert (standard.calls_per_minute, standard.frames_per_minute) == (1200, 1200)
    assert Client().tier == "standard"


@pytest.mark.parametrize(
    ("rate", "a_minute"), [("6000/min", 6000), ("20/s", 1200), ("90/hour", 2), ("1/day", 1)]
)
def test_the_older_setting_of_a_rate_is_the_default_tiers(rate, a_minute):
    tiers = limits.tiers("{}", caller_rate=rate)
    assert tiers["standard"].calls_per_minute == tiers["standard"].frames_per_minute == a_minute
    assert tiers["trial"] == limits.tiers("{}")["trial"]


def test_a_tier_can_be_changed():
    tiers = limits.tiers('{"trial": {"users": 7}}', caller_rate="6000/min")
    assert (tiers["trial"].users, tiers["trial"].credentials) == (7, 5)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "not JSON"),
        ("[]", "object"),
        ('{"trial": 5}', "object"),
        ('{"gigantic": {}}', "gigantic"),
        ('{"trial": {"user": 5}}', "trial.user"),
        ('{"trial": {"users": -1}}', "trial.users"),
        ('{"trial": {"users": "5"}}', "trial.users"),
        ('{"trial": {"calls_per_minute": 0}}', "trial.calls_per_minute"),
        ('{"trial": {"identification_lockout": "never"}}', "identification_lockout"),
    ],
)
def test_an_unusable_tier_stops_the_start(text, named):
    with pytest.raises(ConfigurationError, match=named):
        limits.tiers(text)


@pytest.mark.django_db
class TestOneClient:
    @pytest.mark.parametrize(
        "overrides", [["users"], {"user": 5}, {"users": True}, {"users": 10**9}]
    )
    def test_unusable_limits(self, api, overrides):
        api.client.limits = overrides
        with pytest.raises(ValidationError):
            api.client.full_clean()

    def test_an_unknown_tier(self, api):
        api.client.tier = "gigantic"
        with pytest.raises(ValidationError, match="standard"):
            api.client.full_clean()

    def test_by_command(self, api, capsys):
        call_command("set_limits", "acme", tier="trial", limits='{"users": 5}')
        head, _, shown = capsys.readouterr().out.partition("\n")
        assert head == "acme: tier trial"
        in_force = json.loads(shown)
        assert (in_force["users"], in_force["credentials"]) == (5, 5)
        api.client.refresh_from_db()
        assert api.client.limits_in_force.users == 5

    @pytest.mark.parametrize(
        "options", [{"tier": "gigantic"}, {"limits": "{"}, {"limits": '{"user": 5}'}]
    )
    def test_a_command_that_cannot_be_followed(self, api, options):
        with pytest.raises(CommandError):
            call_command("set_limits", "acme", **options)
        with pytest.raises(CommandError, match="nobody"):
            call_command("set_limits", "nobody")
        api.client.refresh_from_db()
        assert (api.client.tier, api.client.limits) == ("standard", {})
