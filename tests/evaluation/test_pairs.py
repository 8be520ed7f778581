"""The list of pairs: its content, and its errors by line."""

import numpy as np
import pytest

from faceplatform.evaluation import pairs, people
from faceplatform.evaluation.errors import EvaluationError

HEADER = "image_a,image_b,same_person,fold"


@pytest.fixture
def images(tmp_path):
    for name in ("ann/1.jpg", "ann/2.jpg", "bob/1.jpg", "cyd_1.jpg", "cyd_2.jpg", "x.jpg", "y.jpg"):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "images"


@pytest.fixture
def read(tmp_path, images):
    def read(*lines: str):
        path = tmp_path / "pairs.csv"
        path.write_text("\n".join(lines) + "\n")
        return pairs.read(path, images)

    return read


def test_pictures_pairs_and_people(read):
    listed = read(
        HEADER,
        "ann/1.jpg,ann/2.jpg,1,0",
        "ann/2.jpg,bob/1.jpg,0,1",
        "cyd_1.jpg,bob/1.jpg,0,1",
        "cyd_2.jpg,bob/1.jpg,0,1",
        "x.jpg,y.jpg,1,1",
    )
    names = [path.name for path in listed.images]
    assert names == ["1.jpg", "2.jpg", "1.jpg", "cyd_1.jpg", "cyd_2.jpg", "x.jpg", "y.jpg"]
    ann1, ann2, _bob, cyd1, cyd2, x, y = listed.people
    assert ann1 == ann2, "one folder is one person"
    assert cyd1 == cyd2, "NAME_1 and NAME_2 are one person"
    assert x == y, "a line says so"
    assert len(np.unique(listed.people)) == 4
    assert (listed.pairs[1].same, listed.pairs[1].fold, listed.pairs[1].line) == (False, "1", 3)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("image_a,image_b,same,fold", "ann/1.jpg,ann/2.jpg,1,0"), "line 1: no column same_person"),
        ((HEADER, "ann/1.jpg,ann/2.jpg,1"), "line 2: not 4 values"),
        ((HEADER, "ann/1.jpg,ann/2.jpg,1,0,9"), "line 2: not 4 values"),
        ((HEADER, "ann/1.jpg,ann/2.jpg,1,0", "ann/1.jpg,bob/1.jpg,no,0"), "line 3: same_person is"),
        ((HEADER, "ann/1.jpg,ann/9.jpg,1,0"), "line 2: .* has no image 'ann/9.jpg'"),
        ((HEADER, "ann/1.jpg,./ann/1.jpg,1,0"), "line 2: an image is compared with itself"),
        ((HEADER, "ann/1.jpg,ann/2.jpg,1,0"), "pairs of both kinds"),
        (
            (HEADER, "x.jpg,y.jpg,1,0", "ann/1.jpg,ann/2.jpg,0,0"),
            "line 3: same_person is 0, but both images show one person",
        ),
        (("",), "no column image_a"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(read, lines, message):
    with pytest.raises(EvaluationError, match=message):
        read(*lines)


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(EvaluationError, match="is not a folder"):
        pairs.read(tmp_path / "pairs.csv", tmp_path / "nowhere")


def test_a_file_that_is_none(tmp_path, images):
    with pytest.raises(EvaluationError, match="cannot be read as CSV"):
        pairs.read(tmp_path / "nowhere.csv", images)


def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path, images):
    """Spreadsheets write one into CSV files in UTF-8."""
    path = tmp_path / "listed.csv"
    path.write_text(f"{HEADER}\nann/1.jpg,ann/2.jpg,1,0\nann/1.jpg,bob/1.jpg,0,0\n", "utf-8-sig")
    assert len(pairs.read(path, images).pairs) == 2
    path.write_text("person,group\nann,one\n", "utf-8-sig")
    assert people.read_groups(path) == {"ann": "one"}
