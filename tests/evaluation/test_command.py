"""`manage.py evaluate`, with the real engine."""

import json
from html import escape
from io import StringIO
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from faceplatform import plain_files
from tests.evaluation.reports import HOSTILE
from tests.photographs import photo, shared

KEYS = {
    "model",
    "source",
    "pairs",
    "pictures",
    "people",
    "accuracy",
    "accuracy_stderr",
    "eer",
    "fnmr",
    "fnmr_ci",
    "comparisons",
    "failures_to_acquire",
    "failure_reasons",
    "fused",
}
OBAMAS = ("obama.jpg", "obama2.jpg", "obama3.jpg")
STRANGERS = ("biden.jpg", "astronaut.png")


def run(*arguments) -> str:
    out = StringIO()
    call_command("evaluate", *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def few(tmp_path):
    """Provide six photographs of three people, one of them without a face, and their pairs."""
    images = tmp_path / "images"
    images.mkdir()
    for name in (*OBAMAS, *STRANGERS):
        (images / name).write_bytes(photo(name).read_bytes())
    (images / "nothing.png").write_bytes(_grey())
    lines = ["image_a,image_b,same_person,fold"]
    lines += ["obama.jpg,obama2.jpg,1,0", "obama.jpg,obama3.jpg,1,1", "obama2.jpg,nothing.png,1,1"]
    lines += [f"obama.jpg,{name},0,{fold}" for fold, name in enumerate(STRANGERS)]
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def _grey() -> bytes:
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (320, 240), (120, 120, 120)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.real_engine
def test_a_handful_of_photographs(few):
    out = run(
        "--pairs", few / "pairs.csv", "--images", few / "images",
        "--json", few / "out.json", "--det", few / "det.svg",
    )  # fmt: skip
    data = json.loads((few / "out.json").read_text())
    assert set(data) >= KEYS
    assert data["model"].startswith("dlib/")
    assert (data["pictures"], data["people"]) == (6, 3)
    assert data["failures_to_acquire"] == 1
    assert data["failure_reasons"] == {"no_face": 1}
    assert data["pairs"] == 4, "a pair without a face is not compared"
    assert data["comparisons"] == 7  # three of one person with two strangers, and these two
    assert data["accuracy"] == 1.0
    assert data["eer"] == 0.0
    assert data["fused"] == {}, "only one person has four pictures or more"
    assert data["fnmr"] == {"1e-2": None, "1e-3": None, "1e-4": None}, "of seven comparisons"
    assert "too few comparisons" in out
    assert "failure to acquire       1 of 6, no_face: 1" in out
    ElementTree.fromstring((few / "det.svg").read_text())  # noqa: S314 our own text


@pytest.mark.real_engine
def test_the_report_as_one_page(few):
    run(
        "--pairs", few / "pairs.csv", "--images", few / "images", "--html", few / "out.html",
    )  # fmt: skip
    page = (few / "out.html").read_text()
    assert "Error rates of dlib/" in page
    assert "in use" in page
    assert "no_face" in page
    for name in (*OBAMAS, *STRANGERS, "obama", "<img", "<script"):
        assert name not in page, "no person, file, image or script"


@pytest.mark.real_engine
def test_too_few_photographs_make_no_calibration(few):
    with pytest.raises(CommandError, match="two people or more need 8 each"):
        run(
            "--pairs", few / "pairs.csv", "--images", few / "images",
            "--calibrate", few / "calibration.json", "--html", few / "out.html",
            "--json", few / "out.json",
        )  # fmt: skip
    assert not (few / "calibration.json").exists()
    assert json.loads((few / "out.json").read_text())["pictures"] == 6
    assert "Error rates of dlib/" in (few / "out.html").read_text()


@pytest.mark.real_engine
def test_a_photograph_that_cannot_be_read_is_named(few, monkeypatch):
    read = plain_files.read

    def refuse(path, **options):
        if path.name == "obama3.jpg":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path, **options)

    monkeypatch.setattr(plain_files, "read", refuse)
    err = StringIO()
    asked = ("--pairs", few / "pairs.csv", "--images", few / "images", "--json", few / "out.json")
    call_command("evaluate", *map(str, asked), stdout=StringIO(), stderr=err)
    assert f"Permission denied: '{few / 'images' / 'obama3.jpg'}'" in err.getvalue()
    failures = json.loads((few / "out.json").read_text())["failure_reasons"]
    assert failures == {"no_face": 1, "file_unreadable": 1}


@pytest.mark.real_engine
def test_photographs_are_not_aligned_chips(few):
    with pytest.raises(CommandError, match="an aligned image is 112x112"):
        run("--pairs", few / "pairs.csv", "--images", few / "images", "--aligned")


def test_a_wrong_line_is_named(few):
    with (few / "pairs.csv").open("a") as file:
        file.write("obama.jpg,nobody.jpg,0,1\n")
    with pytest.raises(CommandError, match=r"pairs.csv, line 7: .*no image 'nobody.jpg'"):
        run("--pairs", few / "pairs.csv", "--images", few / "images")


def test_a_folder_that_is_none(few):
    with pytest.raises(CommandError, match="is not a folder"):
        run("--pairs", few / "pairs.csv", "--images", few / "nowhere")


def test_a_model_that_is_none(few):
    with pytest.raises(CommandError, match="there are dlib"):
        run("--pairs", few / "pairs.csv", "--images", few / "images", "--model", "nonesuch")


def test_thresholds_are_made_as_the_product_aligns(few):
    with pytest.raises(CommandError, match="not for thresholds"):
        run(
            "--pairs", few / "pairs.csv", "--images", few / "images",
            "--aligned", "given", "--calibrate",
        )  # fmt: skip


@pytest.mark.real_engine
@pytest.mark.shared_photos
def test_aligned_chips(tmp_path):
    """The first fifty pairs of each kind in each fold, to limit the time: accuracy is no worse than
    is known of the weights."""
    folder = shared("faces/lfw_aligned")
    header, *lines = (folder / "pairs.csv").read_text().splitlines()
    kinds: dict[str, list[str]] = {}
    for line in lines:
        kinds.setdefault(line.split(",", 2)[2], []).append(line)
    chosen = [line for kind in kinds.values() for line in kind[:50]]
    (tmp_path / "pairs.csv").write_text("\n".join([header, *chosen]) + "\n")
    run(
        "--pairs", tmp_path / "pairs.csv", "--images", folder, "--aligned",
        "--json", tmp_path / "out.json",
    )  # fmt: skip
    data = json.loads((tmp_path / "out.json").read_text())
    assert data["pairs"] == 200
    assert data["failures_to_acquire"] == 0
    assert data["accuracy"] >= 0.97
    assert data["eer"] <= 0.03


@pytest.mark.real_engine
@pytest.mark.shared_photos
def test_the_report_on_people_in_groups(tmp_path):
    """Eleven photographs of five people, in a folder each; one of the groups has a hostile name."""
    groups = {"obama": "a", "biden": "a", "alex_lacamoire": "a", "kit_harington": HOSTILE}
    lines = ["person,group", *(f'{name},"{_quoted(group)}"' for name, group in groups.items())]
    lines += [f'rose_leslie,"{_quoted(HOSTILE)}"']
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n")
    for photograph in shared("faces/people").glob("*.jpg"):
        folder = tmp_path / "images" / photograph.stem.rsplit("_", 1)[0]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / photograph.name).write_bytes(photograph.read_bytes())
    run(
        "--people", tmp_path / "people.csv", "--images", tmp_path / "images",
        "--html", tmp_path / "out.html", "--json", tmp_path / "out.json",
    )  # fmt: skip
    hostile, of_a = json.loads((tmp_path / "out.json").read_text())["groups"]
    assert (of_a["group"], of_a["people"]) == ("a", 3)
    assert (hostile["group"], hostile["people"]) == (HOSTILE, 2)
    for group, comparisons in ((of_a, 16), (hostile, 4)):
        table = group["all_against_all"]
        assert table["comparisons"] == comparisons, "of strangers of the same group"
        assert table["fmr_ci"].keys() == table["fnmr_ci"].keys() == {"1e-2", "1e-3", "1e-4"}
    page = (tmp_path / "out.html").read_text()
    assert HOSTILE not in page
    assert escape(HOSTILE) in page
    assert '<th scope="row">a</th><td>3</td>' in page, "three people"
    for name in (*groups, "rose_leslie", ".jpg"):
        assert name not in page


def _quoted(text: str) -> str:
    return text.replace('"', '""')
