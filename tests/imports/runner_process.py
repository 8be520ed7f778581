"""The runner in a separate process, on the test's database, with a scripted engine.

    python -m tests.imports.runner_process DATABASE DIES_AFTER MOMENT

Kills itself with SIGKILL at the image of number DIES_AFTER, at MOMENT: while ``measuring`` it, or
``after`` its session was written. With 0 it lives. Says "ready", waits for a line, runs, and says
how many items it processed.
"""

import os
import signal
import sys

import django


def main(database: str, dies_after: int, moment: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()

    from faceplatform.engine import registry
    from faceplatform.engine.testing import FakeEngine
    from imports import enrolling, running
    from tests.imports.people import analyze
    from tests.stage import CALIBRATION

    settings.FACEPLATFORM_CALIBRATION_DIR = CALIBRATION
    seen = 0

    def die_at(now: str) -> None:
        if seen == dies_after and now == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def measure(frame, wants):
        nonlocal seen
        seen += 1
        die_at("measuring")
        return analyze(frame, wants)

    posted = enrolling.Feeding.post

    def post(self, image):
        outcome = posted(self, image)
        die_at("after")
        return outcome

    enrolling.Feeding.post = post  # type: ignore[method-assign]
    registry.set_engine(FakeEngine(measure))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print("processed", running.run(running.Turn()), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
