"""Pixels share a budget of bytes: an image that gets no share in time is refused, uncounted."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Event

import pytest
from PIL import Image

from faceplatform.engine.decoding import decode, memory
from faceplatform.engine.decoding.memory import Budget
from faceplatform.errors import EngineBusy
from tests.stage import problem

MEGAPIXEL_BYTES = 7_000_000  # four bytes a pixel as Pillow stores it, and three of the frame


def large(stage, color: int) -> bytes:
    """Return a small file of a megapixel."""
    buffer = BytesIO()
    Image.new("RGB", (1000, 1000), (color, 0, 0)).save(buffer, "PNG")
    stage.show(buffer.getvalue())
    return buffer.getvalue()


@pytest.fixture
def budget(monkeypatch) -> Budget:
    """A budget for one image of a megapixel and some small ones; nobody waits."""
    budget = Budget(MEGAPIXEL_BYTES + 1_000_000, seconds=0.0)
    monkeypatch.setattr(memory, "_budget", lambda: budget)
    return budget


@pytest.mark.django_db
def test_while_one_large_image_is_measured_another_one_is_refused(api, stage, budget):
    token, other = api.enrollment_token("alice"), api.enrollment_token("bob")
    answers = []

    def meanwhile():
        stage.meanwhile = lambda: None
        answers.append(api.post_frame(other, large(stage, 2)))

    stage.meanwhile = meanwhile
    assert api.post_frame(token, large(stage, 1)).status_code == 200
    problem(answers[0], 503, "engine_busy")
    assert answers[0]["Retry-After"] == "1"
    assert api.session(other).json()["frames_received"] == 0
    assert api.post_frame(other, large(stage, 2)).status_code == 200


@pytest.mark.django_db
def test_small_images_pass_a_large_one(api, stage, budget):
    token, other = api.enrollment_token("alice"), api.enrollment_token("bob")
    answers = []

    def meanwhile():
        stage.meanwhile = lambda: None
        answers.append(api.post_frame(other, stage.frame("bob")))

    stage.meanwhile = meanwhile
    assert api.post_frame(token, large(stage, 1)).status_code == 200
    assert answers[0].json()["frame_accepted"] is True


@pytest.mark.django_db
def test_a_share_is_given_back_whatever_happens(api, stage, budget):
    def fail():
        raise EngineBusy

    token = api.enrollment_token()
    stage.meanwhile = fail
    problem(api.post_frame(token, large(stage, 1)), 503, "engine_busy")
    stage.meanwhile = lambda: None
    damaged = large(stage, 2)[:-40]
    problem(api.post_frame(token, damaged), 400, "image_truncated")
    assert api.post_frame(token, large(stage, 3)).status_code == 200


@pytest.mark.parametrize(
    ("mode", "format", "options", "bytes_per_pixel"),
    [
        # As Pillow stores a pixel, and three of the frame.
        ("1", "PNG", {}, 1 + 3),
        ("L", "PNG", {}, 1 + 3),
        ("P", "PNG", {}, 1 + 3),
        ("P", "PNG", {"transparency": 0}, 1 + 3),
        ("I;16", "PNG", {}, 4 + 3),
        ("LA", "PNG", {}, 4 + 3),
        ("RGB", "PNG", {}, 4 + 3),
        ("RGBA", "PNG", {}, 4 + 3),
        ("P", "BMP", {}, 1 + 3),
        ("RGB", "BMP", {}, 4 + 3),
        ("L", "JPEG", {}, 1 + 3),
        ("RGB", "JPEG", {}, 4 + 3),
        # While they are decoded: all coefficients of three full planes, or a second copy.
        ("RGB", "JPEG", {"progressive": True, "subsampling": 0}, 4 + 6),
        ("RGB", "WEBP", {}, 3 + 4),
        ("RGBA", "WEBP", {}, 4 + 4),
    ],
)
def test_the_bytes_of_a_picture(mode, format, options, bytes_per_pixel):
    buffer = BytesIO()
    Image.new(mode, (200, 100)).save(buffer, format, **options)
    assert decode.read(buffer.getvalue()).memory() == 200 * 100 * bytes_per_pixel


def test_what_costs_more_than_all_gets_all():
    budget = Budget(10, seconds=0.0)
    with budget.share(1_000), pytest.raises(EngineBusy), budget.share(1):
        pass
    with budget.share(10):
        pass


def take_all(budget: Budget) -> bool:
    with budget.share(10):
        return True


def test_who_waits_gets_a_share_when_it_is_free_and_further_ones_are_refused_at_once():
    budget = Budget(10, seconds=60.0)
    with ThreadPoolExecutor(2) as pool:
        with budget.share(1):
            futures = [pool.submit(take_all, budget) for _ in range(2)]
            pause = Event()
            while budget.waiting < 2:
                pause.wait(0.001)
            assert not any(future.done() for future in futures)
            with pytest.raises(EngineBusy):
                take_all(budget)
            with budget.share(9):  # what is free may still be had
                pass
        assert all(future.result(timeout=60) for future in futures)
    assert budget.waiting == 0
