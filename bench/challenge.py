"""Sessions with a challenge, led by scripted subjects over the API: how many of each kind pass.

python -m bench.challenge PHOTOS [--sessions N] [--motion] [--kinds NAME ...]

PHOTOS is a folder with photographs of two people or more, one face each, that look into the camera
with closed mouths; others are passed over. Everything that the camera sees is synthetic, so the
table proves the wiring of the checks and gives no error rate. Time is the sessions' clock, which is
moved, not waited for.
"""

import os
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

if TYPE_CHECKING:
    from faceplatform.evaluation.synthetic.cards import Portrait
    from faceplatform.evaluation.synthetic.subjects import Shown, Subject

# Of the clients. Four seconds for a gesture instead of ten: attacks that wait for its end are over
# sooner. Of a photograph with somebody else behind, most frames are refused, and a few are not:
# people whom the first frames do not enroll are passed over, before any challenge.
POLICY = {
    "camera_liveness": "challenge",
    "challenge_step_seconds": 4,
    "max_enrollment_frames": 6,
}
_FRAMES_A_SECOND = 4
# After so many, an attacker gives up.
_MOST_FRAMES = 80
_ENDED = {"completed", "failed", "expired", "cancelled"}
# How much farther than a head a card is turned.
_REACH_OF_CARDS = 2.0
# A photograph whose lips are farther apart, over the width of the mouth, smiles, also at rest.
# Of a face that is turned farther, in degrees, one side is hidden and cannot be drawn.
MOST_SMILE, _MOST_YAW = 0.1, 13.5


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The circumstances of an attack.

    Attributes:
        victim: the person who is enrolled, and whom the session verifies.
        other: the attacker.
        drawn: the gestures that the session will ask for, in their order.
        recorded: the frames of an earlier, successful session of the victim; empty for kinds that
            need none.
    """

    victim: "Portrait"
    other: "Portrait"
    drawn: Sequence[str]
    recorded: "list[Shown]"
    rng: np.random.Generator


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a session."""

    passed: bool
    reason: str
    frames: "list[Shown]"


class NotEnrolledError(Exception):
    """A photograph is too poor to be enrolled. The message is the reason."""


class NotRecordedError(Exception):
    """No session of the victim succeeded, so an attacker has no recording of one."""


class Clock:
    """The clock of challenges, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    @contextmanager
    def in_use(self) -> Iterator["Clock"]:
        from faceplatform.sessions import clock

        with patch.object(clock, "now", lambda: self.now):
            yield self


class Caller:
    """A client of its own with one enrolled user, and the calls of a session."""

    def __init__(self, name: str, policy: Mapping[str, Any]) -> None:
        from rest_framework.test import APIClient

        from clients import credentials, tokens

        issued = credentials.create_client(name, policy=dict(policy))
        access = tokens.issue_tokens(issued.credential)["access"]
        self._http = APIClient(SERVER_NAME="localhost")
        self._http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")

    def open(self, kind: str, **fields: Any) -> dict[str, Any]:
        body = {"user_id": "victim", **fields}
        return self._answer(self._http.post(f"/api/auth/{kind}/", body, format="json"))

    def post(self, token: str, image: bytes) -> dict[str, Any]:
        from django.core.files.uploadedfile import SimpleUploadedFile

        body = {"session_token": token, "image": SimpleUploadedFile("frame.jpg", image)}
        return self._answer(self._http.post("/api/auth/process-image/", body, format="multipart"))

    def _answer(self, response: Any) -> dict[str, Any]:
        if response.status_code >= 300:
            raise RuntimeError(f"{response.status_code}: {response.content[:500]!r}")
        answer: dict[str, Any] = response.json()
        return answer


def trial(
    kind: str,
    victim: "Portrait",
    other: "Portrait",
    *,
    policy: Mapping[str, Any],
    seed: int,
) -> Result:
    """Enroll the victim at a new client, and lead one verification. Needs a database.

    Args:
        kind: of KINDS.
        policy: of the client.

    Raises:
        NotEnrolledError: the victim's photograph is too poor.
        NotRecordedError: the kind is a recording, and there is none.
    """
    rng, time = np.random.default_rng(seed), Clock()
    caller = Caller(f"{kind} {seed}", policy)
    with time.in_use(), drawn_by(Random(seed)):  # noqa: S311
        _enroll(caller, victim, rng, time)

        def record() -> "list[Shown]":
            for _ in range(5):
                recorded = _lead(caller, _opened(caller), _somebody(victim, rng), time)
                if recorded.passed:
                    return recorded.frames
            raise NotRecordedError

        recorded = record() if kind in _RECORDED else []
        opened = _opened(caller)
        scene = Scene(victim, other, _drawn(), recorded, rng)
        # A recording is given up some frames after its end.
        most = len(recorded) + _FRAMES_A_SECOND if kind == "replay" else _MOST_FRAMES
        return _lead(caller, opened, KINDS[kind](scene), time, most=most)


def _somebody(portrait: "Portrait", rng: np.random.Generator) -> "Subject":
    from faceplatform.evaluation.synthetic import subjects

    return subjects.Actor(subjects.head(portrait), rng)


def _bona_fide(scene: Scene) -> "Subject":
    return _somebody(scene.victim, scene.rng)


def _wrong_order(scene: Scene) -> "Subject":
    from faceplatform.evaluation.synthetic import subjects
    from faceplatform.evaluation.synthetic.gestures import Step

    backwards = [Step(step) for step in reversed(scene.drawn)]
    return subjects.Actor(
        subjects.head(scene.victim),
        scene.rng,
        steps=lambda number, _: backwards[number % len(backwards)],
    )


def _unasked(scene: Scene) -> "Subject":
    from faceplatform.evaluation.synthetic import subjects
    from faceplatform.evaluation.synthetic.gestures import Step

    steps = [step for step in Step if step is not Step.NEUTRAL]
    actor = subjects.Actor(subjects.head(scene.victim), scene.rng)
    return subjects.Unasked(actor, [steps[i] for i in scene.rng.permutation(len(steps))])


def _moved_photo(scene: Scene) -> "Subject":
    from faceplatform.evaluation.synthetic import subjects
    from faceplatform.evaluation.synthetic.gestures import Step

    return subjects.Actor(
        subjects.photograph(scene.victim),
        scene.rng,
        steps=lambda *_: Step.NEUTRAL,
        by_hand=True,
    )


def _turned_photo(scene: Scene, *, bend: float = 0.0) -> "Subject":
    from faceplatform.evaluation.synthetic import subjects

    # The mesh reads a turned card as a face that is turned less, so it is turned farther.
    return subjects.Actor(
        subjects.photograph(scene.victim, bend=bend), scene.rng, reach=_REACH_OF_CARDS
    )


def _bent_photo(scene: Scene) -> "Subject":
    return _turned_photo(scene, bend=1.2)


def _other_then_victim(scene: Scene) -> "Subject":
    from faceplatform.evaluation.synthetic import subjects

    return subjects.Swapped(
        _somebody(scene.other, scene.rng), _moved_photo(scene), lambda asked: asked is None
    )


def _victim_and_other(scene: Scene) -> "Subject":
    """Show the victim's photograph at rest, and another person for each gesture."""
    return _InTurns(_moved_photo(scene), _somebody(scene.other, scene.rng))


class _InTurns:
    def __init__(self, at_rest: "Subject", asked_for: "Subject") -> None:
        self._at_rest, self._asked_for = at_rest, asked_for

    def show(self, asked: str | None, now: float) -> bytes:
        at_rest = asked in {None, "look_straight"}
        return (self._at_rest if at_rest else self._asked_for).show(asked, now)


def _replay(scene: Scene) -> "Subject":
    from faceplatform.evaluation.synthetic import subjects

    return subjects.Player(scene.recorded)


def _retaken(speed: float) -> Callable[[Scene], "Subject"]:
    """Return a maker of recordings that a screen shows to the camera."""

    def make(scene: Scene) -> "Subject":
        from faceplatform.evaluation.synthetic import subjects

        return subjects.Player(
            scene.recorded,
            speed=speed,
            again=lambda image: subjects.taken_again(image, scene.rng),
        )

    return make


KINDS: dict[str, Callable[[Scene], "Subject"]] = {
    "bona_fide": _bona_fide,
    "wrong_order": _wrong_order,
    "unasked": _unasked,
    "moved_photo": _moved_photo,
    "turned_photo": _turned_photo,
    "bent_photo": _bent_photo,
    "other_then_victim": _other_then_victim,
    "victim_and_other": _victim_and_other,
    "replay": _replay,
    "retaken": _retaken(1.0),
    "slowed": _retaken(0.6),
    "sped_up": _retaken(1.6),
}
_RECORDED = {"replay", "retaken", "slowed", "sped_up"}


def _enroll(caller: Caller, victim: "Portrait", rng: np.random.Generator, time: Clock) -> None:
    """Enroll by images that are sent by a program: a challenge is asked of cameras alone."""
    somebody = _somebody(victim, rng)
    answer = caller.open("enrollment", session_type="api")
    token = answer["session_token"]
    while answer.get("session_status", "pending") not in _ENDED:
        time.now += 1.0
        answer = caller.post(token, somebody.show(None, time.now))
    if not answer["enrollment_complete"]:
        raise NotEnrolledError(str(answer["reason"]))


def _opened(caller: Caller) -> dict[str, Any]:
    return caller.open("authentication", session_type="webcam")


@contextmanager
def drawn_by(random: Random) -> Iterator[None]:
    """Draw challenges so that a trial can be repeated."""
    with patch("faceplatform.liveness.challenge.secrets.SystemRandom", lambda: random):
        yield


def _drawn() -> list[str]:
    """Return the gestures of the latest session, which no caller is told."""
    from authentication.models import AuthenticationSession

    state = AuthenticationSession.objects.latest("created_at").liveness_state
    if state is None:
        raise RuntimeError("the session has no challenge")
    return [str(step) for step in state["challenge"]["steps"]]


def _lead(
    caller: Caller,
    opened: dict[str, Any],
    subject: "Subject",
    time: Clock,
    *,
    most: int = _MOST_FRAMES,
) -> Result:
    from faceplatform.evaluation.synthetic.subjects import Shown

    token, answer, start = opened["session_token"], opened, time.now
    frames: list[Shown] = []
    while answer.get("session_status", "pending") not in _ENDED and len(frames) < most:
        time.now += 1 / _FRAMES_A_SECOND
        image = subject.show(answer["challenge"]["code"], time.now)
        frames.append(Shown(time.now - start - 1 / _FRAMES_A_SECOND, image))
        answer = caller.post(token, image)
    passed = answer.get("result") == "success" and answer["liveness_verified"] is True
    has_ended = answer.get("session_status") in _ENDED
    return Result(passed, str(answer["reason"]) if has_ended else "given_up", frames)


def portraits(folder: Path, *, most_smile: float = MOST_SMILE) -> "list[Portrait]":
    """Return the usable photographs below a folder, in the order of their paths."""
    from faceplatform import plain_files
    from faceplatform.conf import MAX_IMAGE_BYTES
    from faceplatform.engine.decoding.decode import decode
    from faceplatform.engine.stages.landmarks import head_pose, mouth_opening
    from faceplatform.errors import ImageError
    from faceplatform.evaluation.acquisition import (
        NotAcquired,
        build_gate,
        build_photograph_locator,
    )
    from faceplatform.evaluation.pad.presentations import find_stills
    from faceplatform.evaluation.synthetic.cards import Portrait

    locate, found = build_gate(build_photograph_locator(), ()), []
    for photo in find_stills(folder):
        try:
            pixels = decode(plain_files.read(photo.path, most_bytes=MAX_IMAGE_BYTES)).pixels
            face = locate(pixels).candidate
        except (ImageError, NotAcquired):
            continue
        straight = abs(head_pose(face.mesh).yaw) <= _MOST_YAW
        if straight and mouth_opening(face.mesh) <= most_smile:
            found.append(Portrait(pixels, face.detection.box, face.mesh.points))
    return found


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="faceplatform-bench-") as scratch:
        os.environ.update(FACEPLATFORM_DATA_DIR=scratch, FACEPLATFORM_SECRET_KEY="bench" * 12)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
        Path(scratch).chmod(0o700)
        import django

        django.setup()
        from django.core.management import call_command

        from bench import hardware, models

        print(hardware.describe())
        models.prepare()
        call_command("migrate", verbosity=0)
        people = portraits(arguments.photos)
        if len(people) < 2:
            sys.exit(f"{arguments.photos} has fewer than two usable photographs")
        _print_table(people, arguments)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.challenge")
    parser.add_argument("photos", type=Path, metavar="PHOTOS")
    parser.add_argument("--sessions", type=int, default=20, help="of each kind (20)")
    parser.add_argument("--motion", action="store_true", help="with the far-near pair")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    return parser.parse_args()


def _enrollable(people: "list[Portrait]", policy: Mapping[str, Any]) -> "Iterator[Portrait]":
    """Yield the people whose photographs are good enough."""
    for number, person in enumerate(people):
        time = Clock()
        with time.in_use():
            try:
                caller = Caller(f"enrollable {number}", policy)
                _enroll(caller, person, np.random.default_rng(number), time)
            except NotEnrolledError:
                continue
        yield person


def _print_table(people: "list[Portrait]", arguments: Namespace) -> None:
    from faceplatform.evaluation.proportions import Proportion

    policy = {**POLICY, "challenge_motion": arguments.motion}
    people = list(islice(_enrollable(people, policy), arguments.sessions + 1))
    print(f"{len(people)} photographs, {arguments.sessions} sessions of each kind, synthetic\n")
    print(f"{'':<20}{'passed':<14}{'95 % interval':<18}reasons at the end")
    for kind in arguments.kinds:
        results = []
        for number in range(arguments.sessions):
            victim, other = people[number % len(people)], people[(number + 1) % len(people)]
            with suppress(NotRecordedError):
                results.append(trial(kind, victim, other, policy=policy, seed=number))
        passed = Proportion(sum(result.passed for result in results), len(results))
        low, high = passed.interval or (0.0, 1.0)
        reasons = Counter(result.reason for result in results).most_common()
        told = ", ".join(f"{reason} {count}" for reason, count in reasons)
        share = f"{passed.count} of {passed.of}"
        print(f"{kind:<20}{share:<14}{f'{100 * low:.0f}-{100 * high:.0f} %':<18}{told}", flush=True)


if __name__ == "__main__":
    main()
