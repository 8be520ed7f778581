"""The entire engine on photographs: identities, wanted parts, and many threads at once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from faceplatform import errors
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import LivenessVerdict, Wants
from tests import pictures
from tests.missing import missing
from tests.photographs import photo

pytestmark = pytest.mark.real_engine

EMBEDDING = Wants(embedding=True, liveness=False)
NOTHING = Wants(embedding=False, liveness=False)
BOTH = Wants(embedding=True, liveness=True)

OBAMA = ["obama.jpg", "obama2.jpg", "obama3.jpg"]
OTHERS = ["biden.jpg", "astronaut.png"]


@pytest.fixture(scope="module")
def engine():
    return LocalEngine(lanes=2)


@pytest.fixture(scope="module")
def frames():
    return {name: decode(photo(name).read_bytes()) for name in [*OBAMA, *OTHERS]}


@pytest.fixture(scope="module")
def embeddings(engine, frames):
    return {
        name: engine.analyze(frame, wants=EMBEDDING).face.embedding
        for name, frame in frames.items()
    }


def test_an_embedding_is_a_unit_vector(embeddings, engine):
    for embedding in embeddings.values():
        assert embedding.shape == (engine.model.dimension,)
        assert embedding.dtype == np.float32
        assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-5)


def test_one_person_is_nearer_than_any_other(embeddings):
    same = [embeddings[a] @ embeddings[b] for a in OBAMA for b in OBAMA if a < b]
    different = [embeddings[a] @ embeddings[b] for a in OBAMA for b in OTHERS]
    different.append(embeddings[OTHERS[0]] @ embeddings[OTHERS[1]])
    # 0.9287 is the calibrated cosine at a false match rate of 1e-3, one frame against one.
    assert min(same) > 0.9287 > max(different)


def test_the_stages_in_order(engine, frames):
    analysis = engine.analyze(frames["obama.jpg"], wants=EMBEDDING)
    assert list(analysis.stages) == ["detection", "landmarks", "quality", "recognition"]
    assert all(milliseconds > 0 for milliseconds in analysis.stages.values())
    assert analysis.model == engine.model
    assert analysis.boxes == (analysis.face.box,)


def test_what_is_not_wanted_is_not_measured(engine, frames):
    analysis = engine.analyze(frames["obama.jpg"], wants=NOTHING)
    assert analysis.face.embedding is None
    assert analysis.face.liveness is None
    assert "recognition" not in analysis.stages


def test_no_face(engine):
    analysis = engine.analyze(decode(pictures.to_png(pictures.plain(320, 240))), wants=EMBEDDING)
    assert analysis.boxes == ()
    assert analysis.face is None


def test_of_two_faces_nothing_more_is_measured(engine):
    pixels = pictures.read(photo("obama.jpg"))
    both = pictures.side_by_side(pixels, pictures.mirrored(pixels))
    analysis = engine.analyze(decode(pictures.to_jpeg(both)), wants=EMBEDDING)
    assert len(analysis.boxes) == 2
    assert analysis.face is None
    assert list(analysis.stages) == ["detection", "landmarks"]


def with_bystander(share):
    """Return a portrait with the same person in its corner at a share of the size."""
    pixels = pictures.read(photo("obama.jpg")).copy()
    person = pictures.resize(pictures.crop(pixels, 0.2, 0.1, 0.8, 0.6), share)
    pixels[20 : 20 + person.shape[0], 20 : 20 + person.shape[1]] = person
    return decode(pictures.to_png(pixels))


def test_alone_a_face_is_single(engine, frames):
    for frame in frames.values():
        assert engine.analyze(frame, wants=NOTHING).face.quality.single_face == 1


@pytest.mark.parametrize("share", [0.22, 0.25, 0.3])
def test_a_bystander_who_does_not_count_lowers_single_face_alone(engine, frames, share):
    alone = engine.analyze(frames["obama.jpg"], wants=NOTHING).face.quality
    analysis = engine.analyze(with_bystander(share), wants=NOTHING)
    assert len(analysis.boxes) == 1
    quality = analysis.face.quality
    assert quality.single_face == pytest.approx(1 - share, abs=0.1)
    assert quality.unified == pytest.approx(alone.unified, abs=0.03)


def test_a_copy_that_does_not_count_lowers_single_face(engine):
    portrait = pictures.crop(pictures.read(photo("biden.jpg")), 0.32, 0.06, 0.84, 0.31)
    card = pictures.identity_card(portrait, portrait, share=0.4, ink=1.0)
    analysis = engine.analyze(decode(pictures.to_png(card)), wants=NOTHING)
    assert len(analysis.boxes) == 1
    assert analysis.face.quality.single_face == pytest.approx(0.6, abs=0.07)


@pytest.mark.parametrize("name", ["biden.jpg", "obama3.jpg"])
def test_a_tiny_face_that_is_detected_twice_is_single(engine, name):
    pixels = pictures.shrink_in_place(pictures.read(photo(name)), 0.2)
    analysis = engine.analyze(decode(pictures.to_png(pixels)), wants=NOTHING)
    assert analysis.face.quality.single_face == 1


def test_many_threads_give_what_one_gives(engine, frames, embeddings):
    """More threads than lanes, so that frames wait and lanes change hands."""
    names = list(frames) * 4
    with ThreadPoolExecutor(8) as pool:
        analyses = list(pool.map(lambda n: engine.analyze(frames[n], wants=EMBEDDING), names))
    for name, analysis in zip(names, analyses, strict=True):
        assert np.array_equal(analysis.face.embedding, embeddings[name])


def test_a_lane_is_given_back_after_an_error(frames, monkeypatch):
    engine = LocalEngine(lanes=1)

    def fail(*args, **kwargs):
        raise errors.EngineError("broken")

    with monkeypatch.context() as patch:
        patch.setattr("faceplatform.engine.local.measure_face", fail)
        with pytest.raises(errors.EngineError):
            engine.analyze(frames["obama.jpg"], wants=NOTHING)
    assert engine.analyze(frames["obama.jpg"], wants=NOTHING).face is not None


def test_warm_up_leaves_every_lane_free(frames):
    engine = LocalEngine(lanes=2)
    engine.warm_up()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: engine.analyze(frames["obama.jpg"], wants=NOTHING), range(4)))


def test_liveness_without_its_weights_is_an_error(engine, frames, monkeypatch):
    monkeypatch.setattr("faceplatform.engine.catalogue.weights.is_installed", lambda name: False)
    assert not engine.has_liveness
    with pytest.raises(errors.ModelMissing):
        engine.analyze(frames["obama.jpg"], wants=BOTH)
    assert engine.analyze(frames["obama.jpg"], wants=EMBEDDING).face is not None


@pytest.mark.shared_photos
def test_liveness_is_measured_when_wanted(engine, frames):
    if not engine.has_liveness:
        missing("the weights of passive liveness are not installed")
    analysis = engine.analyze(frames["obama.jpg"], wants=BOTH)
    assert analysis.face.liveness.verdict in set(LivenessVerdict)
    assert "liveness" in analysis.stages
