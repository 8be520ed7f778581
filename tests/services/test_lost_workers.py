"""A worker killed during a frame: reported at once, repeated once, counted once."""

import pytest

from tests.photographs import photo
from tests.services.marks import services
from tests.stage import problem

pytestmark = [*services, pytest.mark.django_db, pytest.mark.real_engine]


@pytest.fixture
def deaths(tmp_path):
    return tmp_path / "deaths"


@pytest.fixture
def mortal(start, deaths):
    """A worker whose process dies during as many frames as the file of deaths has bytes."""
    deaths.write_bytes(b"")
    with start(
        FACEPLATFORM_WORKER_ENGINE="tests.services.engines.Mortal", DEATHS=str(deaths)
    ) as worker:
        yield worker


def obama() -> bytes:
    return photo("obama.jpg").read_bytes()


def test_one_death_is_repeated_and_two_are_told(mortal, remote, api, broker, deaths, settings):
    settings.FACEPLATFORM_FRAME_SECONDS = 60
    token = api.enrollment_token("obama", target_samples=2)

    deaths.write_bytes(b"x")
    answer = api.post_frame(token, obama()).json()
    assert answer["frame_accepted"] is True, answer
    assert deaths.stat().st_size == 0
    assert api.session(token).json()["frames_received"] == 1

    deaths.write_bytes(b"xx")
    second = photo("obama2.jpg").read_bytes()
    refused = api.post_frame(token, second)
    problem(refused, 503, "engine_unavailable")
    assert refused["Retry-After"] == "2"
    assert api.session(token).json()["frames_received"] == 1
    assert set(broker.scan_iter("faceplatform:*")) == {b"faceplatform:workers"}

    assert api.post_frame(token, second).json()["enrollment_complete"] is True
