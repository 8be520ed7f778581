"""Synthetic attacks: the rendering of prints, screens and moving cards."""

from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from faceplatform.engine.types import Box
from faceplatform.evaluation.synthetic import prints, screens
from faceplatform.evaluation.synthetic.cards import (
    FRAME_HEIGHT,
    FRAME_WIDTH,
    Placement,
    Portrait,
    corners,
    cut,
    photograph,
    wall,
)
from faceplatform.evaluation.synthetic.moved import STILL_HAND, hand_path, looped
from faceplatform.evaluation.synthetic.species import SPECIES
from tests import pictures
from tests.photographs import photo


def rng(seed=0):
    return np.random.default_rng(seed)


def flat(grey, height=120, width=90):
    return np.full((height, width, 3), grey, dtype=np.uint8)


@pytest.mark.parametrize("grey", [0, 64, 128, 200, 255])
def test_a_halftone_prints_as_much_ink_as_the_picture_asks_for(grey):
    light = prints.halftone(flat(grey), pitch=4.0)
    black_left = 0.105
    expected = grey / 255 + (1 - grey / 255) * black_left
    assert light.mean() == pytest.approx(expected, abs=0.02)
    assert len(np.unique(light[..., 0])) == (1 if grey in {0, 255} else 2), "ink is on or off"


def test_a_print_has_a_white_margin_only_if_it_is_seen_whole():
    bordered = prints.render(flat(0), rng())
    assert np.array_equal(bordered, prints.render(flat(0), rng()))
    assert bordered.shape == (132, 102, 3)
    assert bordered[:4].mean() > 180
    assert prints.render(flat(0), rng(), border=False).mean() < 40


def test_a_panel_has_stripes_of_one_colour_and_the_light_of_its_picture():
    light = screens.subpixels(flat(128, height=8, width=8))
    assert light.shape == (24, 24, 3)
    assert [int(light[0, column].argmax()) for column in range(6)] == [0, 1, 2, 0, 1, 2]
    assert light.mean() == pytest.approx(130, abs=3)


def test_bands_move_and_the_device_stays():
    device = screens.draw_device(rng())
    first, second = (screens.render(flat(128), device, phase=phase) for phase in (0.0, 0.5))
    again = screens.render(flat(128), device, phase=0.0)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)
    assert first.shape[0] > 3 * 120, "a bezel is around the panel"
    bare = screens.draw_device(rng(), bezel=False)
    assert screens.render(flat(128), bare).shape == (360, 270, 3)


def test_a_card_is_where_it_is_placed():
    middle = np.array([FRAME_WIDTH / 2, FRAME_HEIGHT / 2])
    upright = corners(0.75, Placement(height=0.5)) - middle
    assert upright[0] == pytest.approx([-120, -160])
    turned = corners(0.75, Placement(height=0.5, yaw=30)) - middle
    left, right = turned[3, 1] - turned[0, 1], turned[2, 1] - turned[1, 1]
    assert left != pytest.approx(right, rel=0.05), "the nearer edge is longer"
    assert turned[1, 0] - turned[0, 0] < 240, "and the card is narrower"
    frame = photograph(flat(255), Placement(height=0.5), np.zeros_like(wall(rng())), rng())
    assert frame.shape == (FRAME_HEIGHT, FRAME_WIDTH, 3)
    assert frame[FRAME_HEIGHT // 2, FRAME_WIDTH // 2].mean() > 240
    assert frame[:100].mean() < 10


def test_the_surroundings_of_a_face_are_cut_in_its_own_measure():
    pixels = flat(0, height=400, width=400)
    pixels[100:200, 150:250] = 255
    found = cut(
        Portrait(pixels, Box(150, 100, 100, 100), np.zeros((468, 3), np.float32)),
        heads_wide=2,
        heads_high=4,
        height=400,
    )
    assert found.shape == (400, 200, 3)
    assert found[160:240, 60:140].mean() == 255
    assert found[:140].mean() == 0


def test_a_seed_gives_the_same_attack_again():
    pixels = rng(1).integers(0, 255, (200, 160, 3), dtype=np.uint8)
    portrait = Portrait(pixels, Box(50, 60, 60, 60), np.zeros((468, 3), np.float32))
    first, again, other = (SPECIES["screen_room"].draw(portrait, rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])
    assert first[0].shape == (FRAME_HEIGHT, FRAME_WIDTH, 3)


def test_a_hand_stays_within_its_reach_and_never_jumps():
    start = Placement(height=0.6)
    path = hand_path(start, seconds=20, fps=10, rng=rng())
    assert len(path) == 200
    yaws = np.array([placement.yaw for placement in path])
    assert 5 < np.abs(yaws).max() <= 14
    assert np.abs(np.diff(yaws)).max() < 10
    held = hand_path(start, seconds=20, fps=10, rng=rng(), reach=STILL_HAND)
    assert max(abs(placement.yaw) for placement in held) <= 1.2


def test_a_loop_starts_again():
    assert looped([1, 2, 3], times=2) == [1, 2, 3, 1, 2, 3]


def run(*arguments):
    out = StringIO()
    call_command("make_attacks", *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.real_engine
def test_attacks_as_files(tmp_path):
    """One still and one sequence of a real photograph; one without a face makes none."""
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "somebody.png").write_bytes(photo("astronaut.png").read_bytes())
    (photos / "nobody.png").write_bytes(pictures.to_png(pictures.plain(320, 240)))
    out = tmp_path / "out"
    said = run(photos, out, "--species", "screen_fill", "paste_moved", "--folders")
    assert "photographs used   1 of 2, no_face: 1" in said
    assert "They give no error rate" in said
    assert "They give no error rate" in (out / "README.txt").read_text()
    frames = sorted((out / "paste_moved" / "somebody-1").iterdir())
    assert [path.name for path in frames][:2] == ["0001.jpg", "0002.jpg"]
    assert [path.name for path in (out / "screen_fill").iterdir()] == ["somebody-1.jpg"]
    with pytest.raises(CommandError, match="is not empty"):
        run(photos, out)


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({}, (), "has no images"),
        ({"a.txt": b"x"}, (), "has no images"),
        ({"a.jpg": b"x"}, ("--variants", "0"), "--variants is 1 or more"),
    ],
)
def test_what_cannot_be_made_is_said(tmp_path, files, arguments, message):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, data in files.items():
        (photos / name).write_bytes(data)
    with pytest.raises(CommandError, match=message):
        run(photos, tmp_path / "out", *arguments)
