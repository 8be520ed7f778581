"""An evaluation acquires what a session accepts, and refuses the rest for the same reasons."""

import numpy as np
import pytest

from bench.non_face_kinds import CHANGES
from faceplatform.conf import CapturePolicy
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.engine.types import Frame, Wants
from faceplatform.evaluation import acquisition
from faceplatform.sessions.acceptance import frame_refusal
from tests import pictures
from tests.photographs import photo

pytestmark = pytest.mark.real_engine

POLICY = CapturePolicy(liveness="off")
PORTRAITS = ("obama.jpg", "obama2.jpg", "biden.jpg", "astronaut.png")
KINDS = ("hand before the mouth", "painting", "cartoon")


@pytest.fixture(scope="module")
def shown(as_in_lfw):
    """Pictures by name: portraits, some of them changed, turned, without a face and with two."""
    portraits = {name: as_in_lfw(name) for name in PORTRAITS}
    pair = pictures.side_by_side(*(pictures.read(photo(name)) for name in PORTRAITS[1:3]))
    return {
        **portraits,
        "nobody": pictures.plain(320, 240),
        "two people": pair,
        "on its side": np.ascontiguousarray(np.rot90(portraits["biden.jpg"])),
        **{
            f"{kind}, {name}": CHANGES[kind](pixels.copy(), np.random.default_rng(1))
            for kind in KINDS
            for name, pixels in portraits.items()
        },
    }


@pytest.fixture(scope="module")
def refused(shown):
    """The reason for which a session refuses each picture, or None; and the odd ones' names."""
    engine, reasons, odd = LocalEngine(lanes=1), {}, set()
    for name, pixels in shown.items():
        frame = Frame(pixels=np.ascontiguousarray(pixels), digest="", fingerprint=b"")
        whole, bare = (
            frame_refusal(engine.analyze(frame, wants=Wants(embedding=wanted)), POLICY)
            for wanted in (True, False)
        )
        reasons[name] = whole and whole.value
        if bare != whole:
            odd.add(name)
    return reasons, odd


def test_the_pictures_show_what_they_are_to_show(refused):
    reasons, odd = refused
    assert len(odd) > len(KINDS), "accepted by all but the recognition net"
    assert {reasons[name] for name in odd} == {"face_unclear"}
    assert [reasons[name] for name in PORTRAITS] == [None] * len(PORTRAITS)
    assert reasons["nobody"] == "no_face"
    assert reasons["two people"] == "multiple_faces"
    assert reasons["on its side"] == "picture_turned"


def test_an_evaluation_refuses_what_a_session_refuses(shown, refused, tmp_path):
    """Each for the same reason, the odd ones included; `manage.py evaluate` acquires so."""
    paths = [tmp_path / f"{number}.png" for number in range(len(shown))]
    for path, pixels in zip(paths, shown.values(), strict=True):
        path.write_bytes(pictures.to_png(pixels))
    samples = acquisition.acquire(
        paths,
        np.arange(len(paths)),
        acquisition.build_photograph_locator(),
        [build_recognizer("dlib")],
    )
    assert dict(zip(shown, samples.reasons, strict=True)) == refused[0]


def test_a_gate_without_embeddings_refuses_the_odd(shown, refused):
    locate = acquisition.build_gate(
        acquisition.build_photograph_locator(), [build_recognizer("dlib")]
    )
    for name in refused[1]:
        with pytest.raises(acquisition.NotAcquired, match="face_unclear"):
            locate(shown[name])
    assert locate(shown["biden.jpg"]).face.presence > 0
