"""Failed exchanges of credentials are limited; successes and other keys are not."""

import pytest

from faceplatform.api.throttles import FailureThrottle
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
URL = "/api/core/auth/client/"


def exchange(key: str, secret: str, **extra):
    body = {"api_key": key, "api_secret": secret}
    return anonymous().post(URL, body, format="json", **extra)


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock by one that only moves when told."""
    now = [1_000_000.0]
    monkeypatch.setattr(FailureThrottle, "timer", lambda self: now[0])
    return now


def test_the_eleventh_failure_in_a_minute_has_to_wait(api, clock):
    """Return Retry-After: the time until the window covers fewer of the ten failures."""
    key = api.issued.credential.api_key
    for _ in range(10):
        problem(exchange(key, "wrong"), 401, "authentication_failed")
    clock[0] += 10
    answer = exchange(key, "wrong")
    problem(answer, 429, "throttled")
    assert answer["Retry-After"] == "16"
    clock[0] += 15
    problem(exchange(key, "wrong"), 429, "throttled")
    clock[0] += 1
    problem(exchange(key, "wrong"), 401, "authentication_failed")
    problem(exchange(key, "wrong"), 429, "throttled")


def test_who_goes_on_asking_does_not_wait_longer(api, clock):
    key = api.issued.credential.api_key
    for _ in range(40):
        exchange(key, "wrong")
    clock[0] += 27
    assert exchange(key, api.issued.api_secret).status_code == 200


def test_the_right_secret_is_no_way_around_the_wait(api, clock):
    key = api.issued.credential.api_key
    for _ in range(10):
        exchange(key, "wrong")
    problem(exchange(key, api.issued.api_secret), 429, "throttled")


def test_after_the_minute_it_works_again(api, clock):
    key = api.issued.credential.api_key
    for _ in range(10):
        exchange(key, "wrong")
    clock[0] += 61
    assert exchange(key, api.issued.api_secret).status_code == 200


def test_another_key_from_the_same_address_passes(api, other, clock):
    for _ in range(11):
        exchange(api.issued.credential.api_key, "wrong")
    answer = exchange(other.issued.credential.api_key, other.issued.api_secret)
    assert answer.status_code == 200


def test_the_same_key_from_another_address_passes(api, clock):
    """Nobody can lock a client out by guessing its secret."""
    for _ in range(11):
        exchange(api.issued.credential.api_key, "wrong")
    key, secret = api.issued.credential.api_key, api.issued.api_secret
    assert exchange(key, secret, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_success_is_not_counted(api, clock):
    key, secret = api.issued.credential.api_key, api.issued.api_secret
    for _ in range(15):
        assert exchange(key, secret).status_code == 200
    problem(exchange(key, "wrong"), 401, "authentication_failed")


def test_many_names_from_one_address_have_a_wider_limit(db, clock):
    for number in range(100):
        problem(exchange(f"fpk_{number}", "wrong"), 401, "authentication_failed")
    problem(exchange("fpk_new", "wrong"), 429, "throttled")


def test_a_forged_forwarding_header_does_not_evade(api, clock):
    key = api.issued.credential.api_key
    for number in range(10):
        exchange(key, "wrong", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    problem(exchange(key, "wrong", HTTP_X_FORWARDED_FOR="203.0.113.9"), 429, "throttled")


def test_the_addresses_of_one_ipv6_network_are_one(api, clock):
    """Whoever has one address has 2**64."""
    key = api.issued.credential.api_key
    for number in range(10):
        exchange(key, "wrong", REMOTE_ADDR=f"2001:db8:1:2::{number:x}")
    problem(exchange(key, "wrong", REMOTE_ADDR="2001:db8:1:2:ffff::1"), 429, "throttled")
    problem(exchange(key, "wrong", REMOTE_ADDR="2001:db8:1:3::1"), 401, "authentication_failed")


def test_ipv4_addresses_written_as_ipv6_are_many(api, clock):
    key = api.issued.credential.api_key
    for _ in range(10):
        exchange(key, "wrong", REMOTE_ADDR="::ffff:192.0.2.1")
    problem(exchange(key, "wrong", REMOTE_ADDR="192.0.2.1"), 429, "throttled")
    other = exchange(key, "wrong", REMOTE_ADDR="::ffff:192.0.2.2")
    problem(other, 401, "authentication_failed")
