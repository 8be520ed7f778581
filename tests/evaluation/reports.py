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


def _held_out() -> dict[str, Any]:
    """Return promises to people held out: kept, broken, and too few people to tell."""
    rates = {"men": 0.8, HOSTILE: 2.5}
    promises = [
        {
            "group": group,
            "compared": compared,
            "promised": promised,
            "actual": {"mean": times * promised, "low": 0.0, "high": 2 * times * promised},
            "missed": [{"mean": missed, "low": 0.0, "high": 0.1} for missed in (0.05, 0.02)],
            "expected_pairs": 4.0,
            "telling": promised > 1e-4,
            "broken": promised > 1e-4 and times > 1,
        }
        for group, times in rates.items()
        for compared in ("1 v 1", "verification, template of 3")
        for promised in (1e-2, 1e-3, 1e-4)
    ]
    left_out = [(HOSTILE, "identification among 20, templates of 3")]
    return {"draws": 3, "withheld": "", "promises": promises, "left_out": left_out}


def made_up_data() -> dict[str, Any]:
    embeddings, people = made_up(40, 7, spread=0.6, dimension=24)
    labels = ["men" if person < 20 else HOSTILE for person in people]
    kinds = {"shipped": calibration(), "this site's": calibration(0.05)}
    return {
        "model": "made/up/0",
        "source": "people <made> up",
        "calibrations": {"shipped": "LFW", "this site's": "these people"},
        "promises": promises.measure(embeddings, people, labels, kinds),
        "held_out": _held_out(),
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
