"""Scripted heads before the real engine: they are drawn, and yet no stills."""

import numpy as np
import pytest

from bench import challenge
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import Frame, Wants
from faceplatform.evaluation.synthetic import subjects
from faceplatform.liveness.stillness import continued
from tests.photographs import photo

pytestmark = pytest.mark.real_engine

FPS, SECONDS = 4, 5


@pytest.fixture(scope="module")
def portrait(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    (folder / "biden.jpg").write_bytes(photo("biden.jpg").read_bytes())
    return challenge.portraits(folder)[0]


@pytest.mark.parametrize(
    ("surface", "is_still"), [(subjects.head, False), (subjects.photograph, True)]
)
def test_a_head_that_waits_is_no_still_and_a_photograph_is_one(portrait, surface, is_still):
    engine = LocalEngine(lanes=1)
    actor = subjects.Actor(surface(portrait), np.random.default_rng(0))
    embeddings = []
    for number in range(FPS * SECONDS):
        pixels = decode(actor.show(None, 100 + number / FPS)).pixels
        face = engine.analyze(Frame(pixels, "", b""), wants=Wants()).face
        embeddings.append(face.embedding)
    # Compared with the first two, as with the samples of a session that waits.
    row, seen = None, []
    for number, embedding in enumerate(embeddings[2:]):
        cosines = [float(embedding @ sample) for sample in embeddings[:2]]
        row = continued(row, cosines, at=number / FPS)
        seen.append(row.is_too_long(number / FPS))
    assert any(seen) is is_still
