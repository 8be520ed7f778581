"""Identity cards show their owner twice: the small pale face is no second person."""

import pytest

from tests import pictures
from tests.photographs import photo

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine]

# Head and shoulders in each photograph, as shares of its width and height.
PORTRAITS = {
    "obama.jpg": (0.28, 0.05, 0.80, 0.44),
    "obama2.jpg": (0.15, 0.16, 0.92, 0.62),
    "biden.jpg": (0.32, 0.06, 0.84, 0.31),
}


def portrait(name):
    return pictures.crop(pictures.read(photo(name)), *PORTRAITS[name])


def answer_to(api, pixels) -> dict:
    token = api.open_enrollment().json()["session_token"]
    return api.post_frame(token, pictures.to_jpeg(pixels)).json()


@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize(("share", "ink"), [(0.35, 1.0), (0.42, 0.6), (0.42, 0.3)])
def test_the_large_portrait_is_taken(api, name, share, ink):
    person = portrait(name)
    answer = answer_to(api, pictures.identity_card(person, person, share=share, ink=ink))
    assert answer["reason"] == "accepted"
    assert answer["face"]["box"]["x"] < 500


def test_as_is_a_copy_in_full(api):
    person = portrait("obama.jpg")
    card = pictures.identity_card(person, pictures.mirrored(person), share=0.4, ink=1.0)
    assert answer_to(api, card)["reason"] == "accepted"


@pytest.mark.parametrize("ink", [1.0, 0.5])
def test_another_person_however_small_is_another_person(api, ink):
    card = pictures.identity_card(portrait("obama.jpg"), portrait("biden.jpg"), share=0.42, ink=ink)
    assert answer_to(api, card)["reason"] == "multiple_faces"


def test_two_large_faces_of_one_person_are_two(api):
    person = portrait("obama.jpg")
    card = pictures.identity_card(person, person, share=0.8, ink=1.0)
    assert answer_to(api, card)["reason"] == "multiple_faces"
