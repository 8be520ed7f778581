"""`manage.py evaluate_pad`: rates in the terms of ISO/IEC 30107-3, with a scripted engine."""

import csv
import json
from io import StringIO
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from faceplatform import plain_files
from faceplatform.conf import MAX_IMAGE_BYTES
from faceplatform.engine import registry
from faceplatform.engine.decoding import clip
from faceplatform.engine.testing import UNCLEAR, FakeEngine, analysis, judged
from faceplatform.engine.types import Liveness, LivenessMethod, LivenessVerdict
from faceplatform.evaluation.pad.judging import evenly, judge_all
from faceplatform.evaluation.pad.presentations import Medium, find
from tests import pictures
from tests.legacy import cast

NOBODY, TWO, UNSURE = (0, 0, 255), (0, 255, 0), (255, 0, 0)


def by_brightness(frame, wants):
    """Score a grey frame by its brightness; colours have no score."""
    red, green, blue = (float(frame.pixels[..., channel].mean()) for channel in range(3))
    if blue > red + 100:
        return analysis(faces=0)
    if green > red + 100:
        return analysis(faces=2)
    if red > green + 100:
        return analysis(liveness=UNCLEAR)
    assert not wants.embedding, "nothing is recognised here"
    score = red / 255
    verdict = LivenessVerdict.LIVE if score >= 0.5 else LivenessVerdict.SPOOF
    return analysis(liveness=Liveness(verdict, score, {LivenessMethod.MINIFASNET: score}))


def refused_by_the_second_net(frame, wants):
    """Let the second net, where it is asked, take every frame for an attack."""
    if not wants.second_liveness:
        return by_brightness(frame, wants)
    scores = {LivenessMethod.MINIFASNET: 0.9, LivenessMethod.DEEP_TREE: 0.1}
    return analysis(liveness=Liveness(LivenessVerdict.SPOOF, 0.1, scores))


@pytest.fixture(autouse=True)
def engine():
    with registry.override(FakeEngine(by_brightness)) as fake:
        yield fake


def write(path, colour):
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = colour if isinstance(colour, tuple) else (colour,) * 3
    path.write_bytes(pictures.to_png(pictures.plain(96, 96, colour)))


@pytest.fixture
def labelled(tmp_path):
    """Nine bona fide and six attack presentations of two species, stills, a clip and a folder."""
    for number, colour in enumerate([200, 210, 220, 230, 240, 250, 100, NOBODY, UNSURE]):
        write(tmp_path / "bona_fide" / f"ada_{number}.png", colour)
    for number, colour in enumerate([20, 30, 180, TWO]):
        write(tmp_path / "attacks" / "print" / f"session_{number % 2}" / f"p{number}.png", colour)
    for number, colour in enumerate([40, 50, 240], start=1):
        write(tmp_path / "attacks" / "screen" / "held" / f"{number}.png", colour)
    shown = cast.video([pictures.plain(96, 96, (30, 30, 30))] * 4, tmp_path)
    (tmp_path / "attacks" / "screen" / "shown.mp4").write_bytes(shown)
    return tmp_path


def run(folder, *arguments):
    out = StringIO()
    given = ["--bona-fide", folder / "bona_fide", "--attacks", folder / "attacks", *arguments]
    call_command("evaluate_pad", *map(str, given), stdout=out, stderr=StringIO())
    return out.getvalue()


def test_rates_counts_and_bounds(labelled):
    out = run(labelled, "--json", labelled / "out.json", "--scores", labelled / "scores.csv")
    data = json.loads((labelled / "out.json").read_text())
    assert data["threshold"] == 0.5
    assert data["nets"] == ["minifasnet"]
    assert data["bpcer"] == pytest.approx(1 / 7)
    assert data["bpnrr"] == pytest.approx(2 / 9)
    assert data["apcer"] == pytest.approx({"print": 1 / 3, "screen": 0.0})
    assert data["apcer_max"] == pytest.approx(1 / 3)
    assert data["apnrr"] == {"print": 0.25, "screen": 0.0}
    bona_fide, screen = data["bona_fide"], data["attacks"]["screen"]
    assert bona_fide["non_response_reasons"] == {"no_face": 1, "lacks_colour": 1}
    assert data["attacks"]["print"]["non_response_reasons"] == {"several_faces": 1}
    assert (screen["presentations"], screen["errors"]) == (2, 0)
    assert screen["upper_bound"] == pytest.approx(1 - 0.05**0.5)
    assert screen["frames"]["errors"] == 1, "one of the folder's frames, outweighed by the others"
    assert "APCER  screen           0 of 2          0 of 2" in out
    assert "no response, bona fide: no_face 1, lacks_colour 1" in out
    rows = list(csv.DictReader((labelled / "scores.csv").open()))
    assert len(rows) == 15
    assert {row["no_response"] for row in rows} == {"", "no_face", "lacks_colour", "several_faces"}


def test_scores_hold_no_formula(labelled):
    """Names of files and folders may come from anybody; in a spreadsheet they would run."""
    write(labelled / "attacks" / "=cmd()" / "=HYPERLINK(1).png", 20)
    run(labelled, "--scores", labelled / "scores.csv")
    written = (labelled / "scores.csv").read_text().splitlines()
    assert '"\'=HYPERLINK(1)","\'=cmd()","0.0784",""' in written


def test_curves_and_their_plot(labelled):
    run(labelled, "--json", labelled / "out.json", "--plot", labelled / "out.svg")
    data = json.loads((labelled / "out.json").read_text())
    curves = data["curves"]
    assert curves["threshold"][0] == 0.0
    assert curves["bpcer"] == sorted(curves["bpcer"])
    assert curves["bpcer"][0] == 0.0
    assert curves["apcer"]["print"][0] == 1.0
    assert data["bpcer10"] == data["bpcer20"] == pytest.approx(1 / 7), "at a threshold above 180"
    root = ElementTree.fromstring((labelled / "out.svg").read_text())  # noqa: S314 our own text
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"BPCER", "APCER print", "APCER screen", "in use: 0.5"} <= texts


def test_another_threshold(labelled):
    run(labelled, "--threshold", "0.8", "--json", labelled / "out.json")
    data = json.loads((labelled / "out.json").read_text())
    assert data["apcer"] == {"print": 0.0, "screen": 0.0}
    assert data["bpcer"] == pytest.approx(2 / 7)


def test_the_second_net_judges_one_frame_of_a_presentation(labelled):
    engine = FakeEngine(refused_by_the_second_net)
    with registry.override(engine):
        run(labelled, "--json", labelled / "out.json")
    data = json.loads((labelled / "out.json").read_text())
    assert data["nets"] == ["deep_tree", "minifasnet"]
    assert (data["bpcer"], data["apcer"]) == (1.0, {"print": 0.0, "screen": 0.0})
    asked = [wants.second_liveness for _, wants in engine.calls]
    assert asked.count(True) == 9 + 4 + 2, "once a presentation"


def test_without_any_response_there_is_no_rate(labelled):
    for path in (labelled / "bona_fide").iterdir():
        write(path, NOBODY)
    out = run(labelled, "--json", labelled / "out.json", "--plot", labelled / "out.svg")
    data = json.loads((labelled / "out.json").read_text())
    assert (data["bpcer"], data["bpnrr"], data["bpcer10"]) == (None, 1.0, None)
    assert "nothing responded" in out


def test_of_a_sequence_frames_are_evenly_chosen(labelled, engine):
    run(labelled, "--frames", "1", "--json", labelled / "out.json")
    data = json.loads((labelled / "out.json").read_text())
    assert data["attacks"]["screen"]["frames"]["responses"] == 2
    assert len(engine.calls) == 9 + 4 + 2


def test_the_second_net_is_asked_until_it_has_judged_a_frame(labelled):
    verdicts = iter([judged(0.9), judged(0.9, 0.8), judged(0.9)])
    engine = FakeEngine(lambda *_: analysis(liveness=next(verdicts)))
    held = [each for each in find(labelled / "attacks") if each.name == "screen-held"]
    (found,) = judge_all(held, engine, frames=8)
    assert [wants.second_liveness for _, wants in engine.calls] == [True, True, False]
    assert found.scores == [0.9, 0.8, 0.9]


def test_a_folder_is_a_sequence_if_its_images_are_numbered(labelled):
    found = {each.name: each for each in find(labelled / "attacks")}
    held = found["screen-held"]
    assert held.medium is Medium.FOLDER
    assert [path.name for path in held.images] == ["1.png", "2.png", "3.png"]
    assert found["screen-shown"].medium is Medium.CLIP
    assert found["print-session_0-p0"].medium is Medium.STILL


def _remove(folder, name):
    for path in (folder / name).iterdir():
        path.unlink()


def _no_bona_fide(folder):
    _remove(folder, "bona_fide")


def _torn_image(folder):
    path = folder / "bona_fide" / "ada_3.png"
    path.write_bytes(path.read_bytes()[:60])


def _torn_clip(folder):
    (folder / "attacks" / "screen" / "shown.mp4").write_bytes(b"\0\0\0\x20ftypisom nothing")


def _large_image(folder):
    with (folder / "bona_fide" / "ada_3.png").open("ab") as file:
        file.truncate(MAX_IMAGE_BYTES + 1)


def _large_clip(folder):
    with (folder / "attacks" / "screen" / "shown.mp4").open("ab") as file:
        file.truncate(clip.MAX_BYTES + 1)


def _wide_clip(folder):
    """Of few pixels, but wider than any camera films."""
    shown = cast.video([pictures.plain(4160, 96, (30, 30, 30))], folder)
    (folder / "attacks" / "screen" / "shown.mp4").write_bytes(shown)


def _stray(folder):
    write(folder / "attacks" / "stray.png", 20)


def _empty_species(folder):
    (folder / "attacks" / "mask").mkdir()


def _no_species(folder):
    (folder / "attacks").rename(folder / "elsewhere")
    (folder / "attacks").mkdir()


def _no_folder(folder):
    (folder / "attacks").rename(folder / "elsewhere")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_bona_fide, "bona_fide has neither images nor clips"),
        (_stray, r"stray\.png belongs to no species"),
        (_empty_species, "mask has neither images nor clips"),
        (_no_species, "has no folder of a species"),
        (_no_folder, "attacks is not a folder"),
    ],
)
def test_what_cannot_be_measured_is_named(labelled, spoil, message):
    spoil(labelled)
    with pytest.raises(CommandError, match=message):
        run(labelled, "--json", labelled / "out.json")
    assert not (labelled / "out.json").exists()


@pytest.mark.parametrize(
    ("spoil", "place", "code"),
    [
        (_torn_image, "bona_fide/ada_3.png", "image_truncated"),
        (_large_image, "bona_fide/ada_3.png", "image_too_large"),
        (_torn_clip, "attacks/screen/shown.mp4", "video_unreadable"),
        (_large_clip, "attacks/screen/shown.mp4", "video_too_large"),
        (_wide_clip, "attacks/screen/shown.mp4", "video_too_large"),
    ],
)
def test_a_file_that_cannot_be_used_has_no_response_and_loses_no_other(
    labelled, spoil, place, code
):
    spoil(labelled)
    out = run(labelled, "--json", labelled / "out.json", "--scores", labelled / "scores.csv")
    data = json.loads((labelled / "out.json").read_text())
    assert data["unusable_files"] == [{"path": str(labelled / place), "code": code}]
    assert f"could not be used: {labelled / place}: {code}: " in out
    group = data["bona_fide"] if place.startswith("bona") else data["attacks"]["screen"]
    assert group["non_response_reasons"][code] == 1
    assert group["presentations"] == (9 if place.startswith("bona") else 2)
    assert code in {row["no_response"] for row in csv.DictReader((labelled / "scores.csv").open())}


def test_one_torn_image_of_a_sequence_leaves_the_others(labelled):
    (labelled / "attacks" / "screen" / "held" / "2.png").write_bytes(b"")
    held = [each for each in find(labelled / "attacks") if each.name == "screen-held"]
    (found,) = judge_all(held, FakeEngine(by_brightness), frames=8)
    assert [(fault.path.name, fault.code) for fault in found.faults] == [("2.png", "image_empty")]
    assert found.scores == pytest.approx([40 / 255, 240 / 255])
    assert found.frames[1].reason == "image_empty"
    assert found.reason is None


def test_a_file_that_the_system_does_not_let_be_read(labelled, monkeypatch):
    def refused(path, *, most_bytes):
        raise PermissionError(13, "Permission denied", str(path))

    held = [each for each in find(labelled / "attacks") if each.name == "screen-held"]
    monkeypatch.setattr(plain_files, "read", refused)
    (found,) = judge_all(held, FakeEngine(by_brightness), frames=8)
    assert (found.score, found.reason) == (None, "file_unreadable")
    assert [fault.path.name for fault in found.faults] == ["1.png", "2.png", "3.png"]


@pytest.mark.parametrize(
    "arguments", [("--threshold", "1.5"), ("--threshold", "nan"), ("--frames", "0")]
)
def test_arguments_have_bounds(labelled, arguments):
    with pytest.raises(CommandError, match="--threshold lies within"):
        run(labelled, *arguments)


def test_without_weights_it_names_the_command(labelled):
    with (
        registry.override(FakeEngine(by_brightness, has_liveness=False)),
        pytest.raises(CommandError, match="models prepare minifasnet_v2"),
    ):
        run(labelled)


@pytest.mark.parametrize(
    ("count", "most", "expected"), [(3, 8, [0, 1, 2]), (10, 2, [2, 7]), (1, 1, [0])]
)
def test_evenly(count, most, expected):
    assert evenly(range(count), most) == expected
