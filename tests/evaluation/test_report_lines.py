"""The text of `manage.py evaluate`: names of any length stay apart from the figures."""

import numpy as np
import pytest

from faceplatform.evaluation import acquisition, report
from faceplatform.evaluation.errors import EvaluationError

NAME = "people of the second site with glasses"


def test_a_long_name_of_a_group_stays_apart():
    keys = ("1e-2", "1e-3", "1e-4")
    nothing = dict.fromkeys(keys)
    table = {"fnmr": nothing, "fnmr_ci": nothing, "people_confused": nothing}
    data = {
        "model": "a model",
        "source": "a source",
        "failures_to_acquire": 4,
        "pictures": 16,
        "failure_reasons": {"no_face": 4},
        "acquisition": [{}, {"group": NAME, "photographs": 16, "failures": {"no_face": 4}}],
        "pairs": 0,
        "comparisons": 10,
        **table,
        "all_against_all": table,
        "fused": {},
        "groups": [{"group": NAME, "people": 3, "all_against_all": table, "fused": {}}],
    }
    text = "\n".join(report.lines(data))
    assert f"of group {NAME} 4 of 16" in text
    assert f"group {NAME}, 3 people too few comparisons" in text


def test_failures_are_told_in_words_if_nobody_is_left(tmp_path):
    def nobody(pixels):
        raise acquisition.NotAcquired("no_face")

    torn = tmp_path / "torn.jpg"
    torn.write_bytes(b"")
    images = (torn, torn, tmp_path / "away.jpg")
    away = []
    with pytest.raises(EvaluationError, match=r"acquired: image_empty 2, file_unreadable 1$"):
        acquisition.acquire(images, np.array([0, 1, 2]), nobody, [], on_unreadable=away.append)
    assert [error.filename for error in away] == [str(tmp_path / "away.jpg")]


def test_a_file_that_cannot_be_read_is_an_error_unless_it_is_counted(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"away\.jpg"):
        acquisition.acquire([tmp_path / "away.jpg"], np.array([0]), None, [])
