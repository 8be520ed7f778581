"""The mesh and the pose: signs, steadiness, and independence of roll, scale and place."""

import numpy as np
import pytest

from faceplatform.engine.stages.landmarks import Mesh, eye_distance, five_points, head_pose
from tests import pictures
from tests.photographs import photo

pytestmark = pytest.mark.real_engine

PEOPLE = ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"]


@pytest.fixture(scope="module")
def mesh_of(detector, face_mesh):
    def measure(pixels):
        return face_mesh.measure(pixels, detector.detect(pixels)[0])

    return measure


def turned(mesh, yaw=0.0, pitch=0.0):
    """Turn a head: yaw > 0 to the image's right, pitch > 0 up."""
    y, p = np.radians(yaw), np.radians(pitch)
    about_y = np.array([(np.cos(y), 0, -np.sin(y)), (0, 1, 0), (np.sin(y), 0, np.cos(y))])
    about_x = np.array([(1, 0, 0), (0, np.cos(p), np.sin(p)), (0, -np.sin(p), np.cos(p))])
    centre = mesh.points.mean(axis=0)
    points = (mesh.points - centre) @ about_x.T @ about_y.T + centre
    return Mesh(points=points.astype(np.float32), presence=mesh.presence)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_face_is_present(mesh_of, name):
    mesh = mesh_of(pictures.read(photo(name)))
    assert mesh.points.shape == (468, 3)
    assert mesh.presence > 0.99


def test_no_face_is_not_present(face_mesh, detector):
    (face,) = detector.detect(pictures.read(photo("astronaut.png")))
    assert face_mesh.measure(pictures.noise(512, 512), face).presence < 0.5


def test_five_points_are_where_the_face_has_them(mesh_of):
    points = five_points(mesh_of(pictures.read(photo("obama.jpg"))))
    # Read from the photograph by eye: eye centres, nose tip, mouth corners.
    by_eye = np.array([(444, 216), (551, 214), (492, 270), (436, 322), (550, 320)])
    assert points.shape == (5, 2)
    assert np.abs(points - by_eye).max() < 12


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("factor", [0.4, 2.5])
def test_resolution_changes_neither_points_nor_pose(mesh_of, name, factor):
    pixels = pictures.read(photo(name))
    mesh, scaled = mesh_of(pixels), mesh_of(pictures.resize(pixels, factor))
    off = np.abs(scaled.points[:, :2] / factor - mesh.points[:, :2]).max()
    assert off < 0.12 * eye_distance(mesh)
    assert head_pose(scaled).yaw == pytest.approx(head_pose(mesh).yaw, abs=3)
    assert head_pose(scaled).pitch == pytest.approx(head_pose(mesh).pitch, abs=4)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_mirror_image_has_the_opposite_yaw_and_roll(mesh_of, name):
    pixels = pictures.read(photo(name))
    pose, mirrored = head_pose(mesh_of(pixels)), head_pose(mesh_of(pictures.mirrored(pixels)))
    assert mirrored.yaw == pytest.approx(-pose.yaw, abs=4)
    assert mirrored.pitch == pytest.approx(pose.pitch, abs=4)
    assert mirrored.roll == pytest.approx(-pose.roll, abs=2)


@pytest.mark.parametrize("degrees", [-20, -10, 10, 20])
def test_a_tilted_picture_changes_roll_alone(mesh_of, degrees):
    pixels = pictures.read(photo("obama.jpg"))
    pose, tilted = head_pose(mesh_of(pixels)), head_pose(mesh_of(pictures.rotated(pixels, degrees)))
    assert tilted.roll - pose.roll == pytest.approx(degrees, abs=2)
    assert tilted.yaw == pytest.approx(pose.yaw, abs=4)
    assert tilted.pitch == pytest.approx(pose.pitch, abs=4)


def test_signs_on_photographs(mesh_of):
    """He looks into the camera; to the image's left; to its right with the chin raised."""
    straight, left, right = (
        head_pose(mesh_of(pictures.read(photo(name))))
        for name in ("obama.jpg", "obama2.jpg", "obama3.jpg")
    )
    assert abs(straight.yaw) < 5
    assert left.yaw < -8
    assert right.yaw > 8
    assert right.pitch > straight.pitch + 10


@pytest.mark.parametrize("yaw", [-40, -15, 0, 15, 40])
def test_yaw_of_a_turned_head(mesh_of, yaw):
    mesh = mesh_of(pictures.read(photo("obama.jpg")))
    assert head_pose(turned(mesh, yaw=yaw)).yaw == pytest.approx(yaw + head_pose(mesh).yaw, abs=2)


@pytest.mark.parametrize("pitch", [-20, -10, 10, 20])
def test_pitch_of_a_nodding_head(mesh_of, pitch):
    mesh = mesh_of(pictures.read(photo("obama.jpg")))
    expected = pitch + head_pose(mesh).pitch
    assert head_pose(turned(mesh, pitch=pitch)).pitch == pytest.approx(expected, abs=2)


def test_people_in_front_of_the_camera_have_little_pitch(mesh_of):
    pitches = [head_pose(mesh_of(pictures.read(photo(name)))).pitch for name in PEOPLE]
    assert abs(np.median(pitches)) < 5
