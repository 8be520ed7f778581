"""The scripted engine is as deterministic and as plausible as its users assume."""

import subprocess
import sys

import numpy as np
import pytest

from faceplatform import errors
from faceplatform.engine import testing as fake
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.types import Wants
from tests import pictures

ALL = Wants(embedding=True, liveness=True)
FRAME = decode(pictures.to_png(pictures.noise(64, 64)))

PEOPLE = ["alice", "bob", "carol", "dave", *(f"person-{i}" for i in range(60))]


def test_embeddings_are_unit_vectors():
    embedding = fake.embedding("alice")
    assert embedding.shape == (fake.MODEL.dimension,)
    assert embedding.dtype == np.float32
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-6)


def test_samples_of_one_person_are_alike_and_not_equal():
    for person in PEOPLE:
        vectors = np.stack([fake.embedding(person, sample) for sample in range(20)])
        cosines = (vectors @ vectors.T)[~np.eye(20, dtype=bool)]
        assert cosines.min() >= 0.96
        assert cosines.max() < 0.9999


def test_different_people_are_not_alike():
    vectors = np.stack([fake.embedding(person) for person in PEOPLE])
    assert np.triu(vectors @ vectors.T, 1).max() <= 0.5


def test_embeddings_are_the_same_in_every_process():
    """Python's own hash of a string is not."""
    code = "from faceplatform.engine.testing import embedding; print(float(embedding('bob', 3)[7]))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(run.stdout) == float(fake.embedding("bob", 3)[7])


def test_it_answers_by_its_script_and_keeps_what_it_was_asked():
    engine = fake.FakeEngine(lambda frame, wants: fake.analysis(person="bob", sample=2))
    face = engine.analyze(FRAME, wants=ALL).face
    assert np.array_equal(face.embedding, fake.embedding("bob", 2))
    assert face.liveness == fake.LIVE
    assert engine.calls == [(FRAME, ALL)]


def test_answers_in_order():
    engine = fake.FakeEngine(fake.in_order(fake.analysis(faces=0), fake.analysis(faces=2)))
    assert engine.analyze(FRAME, wants=ALL).boxes == ()
    second = engine.analyze(FRAME, wants=ALL)
    assert len(second.boxes) == 2
    assert second.face is None
    with pytest.raises(IndexError):
        engine.analyze(FRAME, wants=ALL)


def test_what_is_not_wanted_is_left_out():
    face = fake.FakeEngine().analyze(FRAME, wants=Wants(embedding=False, liveness=False)).face
    assert face.embedding is None
    assert face.liveness is None


def test_an_engine_without_liveness():
    engine = fake.FakeEngine(has_liveness=False)
    assert not engine.has_liveness
    with pytest.raises(errors.ModelMissing):
        engine.analyze(FRAME, wants=ALL)


def test_without_a_script_every_frame_shows_alice():
    other = decode(pictures.to_png(pictures.noise(64, 64, seed=1)))
    engine = fake.FakeEngine()
    a, b = (engine.analyze(frame, wants=ALL).face.embedding for frame in (FRAME, other))
    assert not np.array_equal(a, b)
    assert a @ b > 0.96
