"""Cost of the liveness checks beside a frame without any, in one thread."""

from collections.abc import Callable
from dataclasses import replace
from time import process_time, time

from bench import motion, pictures
from bench.table import Row, Table
from bench.timing import interleaved
from faceplatform.conf import CapturePolicy
from faceplatform.engine.base import DecodingEngine
from faceplatform.engine.types import Wants
from faceplatform.liveness import challenge as machine
from faceplatform.liveness.flat_motion import compare
from faceplatform.liveness.gestures import Appearance

_MOST = "< 1.6"


def checks(engine: DecodingEngine) -> Table:
    """Compare frames of 640 x 480 with and without each check, JPEG to embedding."""
    led = Wants(gestures=True, patch=True)
    checked = {"challenge": led}
    if engine.has_liveness:
        checked["passive"] = Wants(liveness=True)
        checked["passive+challenge"] = replace(led, liveness=True)
    data = pictures.portraits(pictures.VGA)[0]
    patches = [motion.patch_of(engine, frame) for frame in motion.frames()]

    def measuring(wants: Wants, *, compares: bool = False) -> Callable[[], object]:
        def measure() -> None:
            engine.measure(data, wants=wants)
            if wants.gestures:
                _lead_once()
            if compares:
                compare(*patches)

        return measure

    tasks = {"off": measuring(Wants())}
    for name, wants in checked.items():
        tasks[name] = measuring(wants)
        if wants.patch:
            tasks[f"{name}, a face that has moved"] = measuring(wants, compares=True)
    times = interleaved(tasks, rounds=40, clock=process_time)
    off = times.pop("off")
    rows = [Row("no check", off.least, "ms")]
    rows += [
        Row(f"{name}, over no check", each.least / off.least, "x", _MOST, f"{each.least:.1f} ms")
        for name, each in times.items()
    ]
    missing = "" if engine.has_liveness else "passive liveness: its weights are not installed"
    return Table(
        "Liveness checks beside a frame, one thread, processor time: minimum of 40", rows, missing
    )


def _lead_once() -> None:
    """Read a challenge's state, show it a frame, and write it: what a frame of a session does."""
    policy, now = CapturePolicy(liveness="challenge"), time()
    frame = Appearance(yaw=0.0, pitch=0.0, mouth_opening=0.0, eye_opening=0.3, face_size=0.2)
    state = machine.Challenge.from_json(machine.draw(policy).as_json())
    state, _ = machine.advance(state, frame, policy, is_neutral=True, at=now, now=now)
    state.as_json()
