"""Enroll two people; each verifies, neither as the other; identification finds each."""

import pytest

from tests.photographs import photo, shared
from tests.pictures import mirrored, read, rotated, to_jpeg

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine]


def picture(name: str) -> bytes:
    return photo(name).read_bytes()


def varied(name: str) -> list[bytes]:
    """Return three different images made of one photograph, for people who have only one."""
    pixels = read(photo(name))
    return [to_jpeg(pixels), to_jpeg(mirrored(pixels)), to_jpeg(rotated(pixels, 6))]


def enroll(api, user_id: str, pictures: list[bytes]):
    opened = api.open_enrollment(user_id, target_samples=len(pictures)).json()
    return [api.post_frame(opened["session_token"], data).json() for data in pictures]


def authenticate(api, user_id: str | None, pictures: list[bytes]):
    token = api.open_authentication(user_id).json()["session_token"]
    answer = {"requires_more_frames": True}
    for data in pictures:
        if answer["requires_more_frames"]:
            answer = api.post_frame(token, data).json()
    return answer


@pytest.fixture
def enrolled(api):
    """Obama by two photographs of different days, the astronaut by one, varied."""
    assert enroll(api, "obama", [picture("obama.jpg"), picture("obama2.jpg")])[-1][
        "enrollment_complete"
    ]
    assert enroll(api, "collins", varied("astronaut.png"))[-1]["enrollment_complete"]
    return api


def test_each_verifies(enrolled):
    answer = authenticate(enrolled, "obama", [picture("obama3.jpg")])
    assert (answer["success"], answer["result"]) == (True, "success")
    assert answer["matched_user"] == {"user_id": "obama"}
    assert answer["similarity_score"] >= 0.5
    assert answer["liveness_verified"] is None  # the policy is off: nothing was checked
    assert answer["message"] == "Authentication successful."
    # Between whole and mirrored: not an image that was enrolled.
    again = authenticate(enrolled, "collins", varied("astronaut.png")[2:])
    assert again["success"] is True


def test_neither_verifies_as_the_other(enrolled):
    impostor = [picture("obama.jpg"), picture("obama2.jpg"), picture("obama3.jpg")]
    answer = authenticate(enrolled, "collins", impostor)
    assert answer["success"] is False
    assert answer["result"] == "failure"
    assert answer["reason"] == "no_match"
    assert answer["matched_user"] is None
    assert answer["error"] == "User not recognized or liveness check failed."
    assert authenticate(enrolled, "obama", varied("astronaut.png"))["success"] is False


def test_identification_finds_each(enrolled):
    found = authenticate(enrolled, None, [picture("obama3.jpg")])
    assert found["matched_user"] == {"user_id": "obama"}
    found = authenticate(enrolled, None, varied("astronaut.png")[:1])
    assert found["matched_user"] == {"user_id": "collins"}


def test_identification_refuses_a_stranger(enrolled):
    answer = authenticate(enrolled, None, varied("biden.jpg"))
    assert (answer["result"], answer["matched_user"]) == ("failure", None)
    assert answer["reason"] == "no_match"


def test_a_face_is_not_enrolled_twice(enrolled):
    opened = enrolled.open_enrollment("someone-else", target_samples=1).json()
    refused = enrolled.post_frame(opened["session_token"], picture("obama3.jpg"))
    assert refused.status_code == 409
    assert refused.json()["code"] == "duplicate_face"
    assert "obama" not in refused.content.decode()


def test_another_person_is_refused_within_an_enrollment(api):
    answers = enroll(api, "obama", [picture("obama.jpg"), picture("biden.jpg")])
    assert answers[1]["reason"] == "different_person"
    assert answers[1]["samples_collected"] == 1


def test_the_same_image_saved_again_is_refused(api):
    again = to_jpeg(read(photo("obama.jpg")), quality=70)
    answers = enroll(api, "obama", [picture("obama.jpg"), again])
    assert answers[1]["reason"] == "frame_repeated"


@pytest.mark.shared_photos
@pytest.mark.parametrize("name", ["biden", "kit_harington", "rose_leslie", "alex_lacamoire"])
def test_two_photographs_of_different_days(make_api, name):
    """At the rate for templates of one photograph; at the default more people are missed."""
    api = make_api(false_match_rate=1e-3)
    first, second = (shared(f"faces/people/{name}_{i}.jpg").read_bytes() for i in (1, 2))
    assert enroll(api, name, [first])[0]["enrollment_complete"]
    assert authenticate(api, name, [second])["success"] is True
    assert authenticate(api, None, [second])["matched_user"] == {"user_id": name}
