"""Data of a report, made up: two groups, one of which has a name that would be markup."""

from typing import Any

from faceplatform.evaluation import promises
from faceplatform.matching.calibration import Calibration, OperatingPoint
from tests.evaluation.people import made_up

HOSTILE = "<script>alert('x')</script>&\"group"
_FMRS = (1e-1, 1e-2, 1e-3, 1e-4)


def calibration(looser: float = 0) -> Calibration:
    points = tuple(OperatingPoint(fmr, 0.2 + n / 8 - looser) for n, fmr in enumerate(_FMRS))
    return Calibration("made/up/0", {(1, 1): points}, "made up")


def made_up_data() -> dict[str, Any]:
    embeddings, people = made_up(40, 7, spread=0.6, dimension=24)
    labels = ["men" if person < 20 else HOSTILE for person in people]
    kinds = {"shipped": calibration(), "this site's": calibration(0.05)}
    return {
        "model": "made/up/0",
        "source": "people <made> up",
        "calibrations": {"shipped": "LFW", "this site's": "these people"},
        "promises": promises.measure(embeddings, people, labels, kinds),
        "acquisition": [
            {"group": "", "photographs": 300, "failures": {"blurred": 15, "no_face": 5}},
            {"group": "men", "photographs": 150, "failures": {"no_face": 5}},
            {
                "group": HOSTILE,
                "photographs": 150,
                "failures": dict.fromkeys("abcdef", 1) | {"blurred": 15},
            },
        ],
    }
