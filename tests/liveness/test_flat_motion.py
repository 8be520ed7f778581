"""Flat or solid, on the made-up surfaces of `surfaces`."""

import cv2
import numpy as np
import pytest

from faceplatform.liveness.flat_motion import compare, judge_patches
from faceplatform.liveness.parallax import Motion, Parallax, judge
from tests.liveness.surfaces import BENT, HEAD, PLANE, SIDE, texture, turned


def darker(patch):
    return (patch * 0.6).astype(np.uint8)


def noisy(patch, seed=1):
    noise = np.random.default_rng(seed).normal(0, 4, patch.shape)
    return np.clip(patch + noise, 0, 255).astype(np.uint8)


TURNS = [{"yaw": 15}, {"yaw": -20}, {"pitch": 15}, {"yaw": 12, "pitch": -12}]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("depth", "verdict"), [(PLANE, Motion.FLAT), (BENT, Motion.FLAT), (HEAD, Motion.SOLID)]
)
def test_a_plane_and_a_bent_sheet_are_flat_and_a_head_is_not(depth, verdict, seed):
    patch = texture(seed)
    evidence = judge_patches(patch, [turned(patch, depth, **turn) for turn in TURNS])
    assert evidence.motion is verdict
    # A turn that moves the sheet less than half as far as another one does not count.
    assert evidence.comparisons >= len(TURNS) - 1
    assert evidence.tracks >= 60 * evidence.comparisons


@pytest.mark.parametrize("yaw", [35, -35])
def test_a_bent_sheet_that_is_turned_far_is_followed(yaw):
    """Else what is left of its features would be errors, which look like depth."""
    patch = texture()
    evidence = judge_patches(patch, [turned(patch, BENT, yaw=yaw)])
    assert (evidence.motion, evidence.tracks >= 120) == (Motion.FLAT, True)


@pytest.mark.parametrize("change", [darker, noisy])
@pytest.mark.parametrize(("depth", "verdict"), [(PLANE, Motion.FLAT), (HEAD, Motion.SOLID)])
def test_light_and_noise_change_no_verdict(depth, verdict, change):
    patch = texture()
    moved = [change(turned(patch, depth, **turn)) for turn in TURNS]
    assert judge_patches(patch, moved).motion is verdict


def test_a_face_of_little_contrast_is_followed_like_another():
    patch = texture(contrast=0.1)
    evidence = judge_patches(patch, [turned(patch, HEAD, yaw=18)])
    assert evidence.motion is Motion.SOLID


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param(texture(), id="still"),
        pytest.param(np.roll(texture(), 4, axis=1), id="shifted"),
        pytest.param(noisy(texture()), id="still, with noise"),
        pytest.param(texture(seed=9), id="another picture"),
        pytest.param(np.full((SIDE, SIDE), 90, np.uint8), id="nothing to follow"),
    ],
)
def test_without_a_motion_that_can_be_followed_nothing_is_told(moved):
    evidence = judge_patches(texture(), [moved])
    assert (evidence.motion, evidence.strength, evidence.comparisons) == (Motion.UNCLEAR, None, 0)


def test_nothing_is_told_of_a_face_without_a_feature():
    blank = np.zeros((SIDE, SIDE), np.uint8)
    assert compare(blank, texture()) == Parallax(tracks=0, motion=0.0, residual=0.0)


@pytest.mark.parametrize("shape", [(160, 160), (96, 120)])
def test_the_same_patches_give_the_same_numbers(shape):
    rest, moved = (
        cv2.resize(patch, shape[::-1]) for patch in (texture(), turned(texture(), HEAD, yaw=18))
    )
    first = compare(rest, moved)
    assert first == compare(rest, moved)
    assert first.tracks >= 40


@pytest.mark.parametrize(
    ("rest", "moved"),
    [
        pytest.param(texture(), texture()[:80], id="other shape"),
        pytest.param(np.zeros((161, 161), np.uint8), np.zeros((161, 161), np.uint8), id="large"),
        pytest.param(texture().astype(np.float32), texture().astype(np.float32), id="floats"),
        pytest.param(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8), id="colour"),
    ],
)
def test_only_patches_are_compared(rest, moved):
    with pytest.raises(ValueError, match="patch"):
        compare(rest, moved)


def told(share, residual=3.0, tracks=80):
    return Parallax(tracks=tracks, motion=residual / share, residual=residual)


@pytest.mark.parametrize(
    ("comparisons", "verdict"),
    [
        ([], Motion.UNCLEAR),
        ([told(0.5)], Motion.SOLID),
        ([told(0.05)], Motion.FLAT),
        ([told(0.08)], Motion.UNCLEAR),
        # A plane turned far, and noise: a residual alone or a share alone is not enough.
        ([told(0.1, residual=1.5)], Motion.FLAT),
        ([told(0.3, residual=0.5)], Motion.FLAT),
        # One wrong comparison among three changes nothing.
        ([told(0.3), told(0.3), told(0.15, residual=1.5)], Motion.SOLID),
        ([told(0.05), told(0.05), told(0.05, residual=6.0)], Motion.FLAT),
        # Few tracks and small motions are left out.
        ([told(0.5, tracks=39), told(0.05)], Motion.FLAT),
        ([told(0.9, residual=0.8), told(0.05)], Motion.FLAT),
        # One who sways while waiting is told by the turn, not by the swaying.
        ([told(0.3, residual=0.7), told(0.3, residual=0.7), told(0.5)], Motion.SOLID),
    ],
)
def test_the_verdict_is_that_of_the_median(comparisons, verdict):
    assert judge(comparisons).motion is verdict
