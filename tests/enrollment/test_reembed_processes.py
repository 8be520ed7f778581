"""manage.py reembed in separate processes: killed in the middle, and two at the same time."""

from collections import Counter

import pytest

from enrollment.models import FaceTemplate, GalleryChange, GalleryHead
from tests.enrollment import reembed_process
from tests.enrollment.reembed_process import reembedded
from tests.enrollment.two_models import DIES_AT, B, image
from tests.stage import CALIBRATION

pytestmark = pytest.mark.django_db(transaction=True)

USERS = 8
FRAMES = 2


@pytest.fixture
def enrolled(make_api, deployments):
    api = make_api("keeper", keep_images=True)
    for person in range(USERS):
        token = api.enrollment_token(f"user-{person}", target_samples=FRAMES)
        for sample in range(FRAMES):
            answer = api.post_frame(token, image(person, sample))
        assert answer.json()["enrollment_complete"]
    deployments.be(deployments.b)
    return api


def start(**environment: str):
    """Start a run by the deployment of model B."""
    engine = "tests.enrollment.two_models.EngineB"
    return reembed_process.start(calibration=CALIBRATION, FACEPLATFORM_ENGINE=engine, **environment)


def assert_one_each(api) -> None:
    """Assert one template of model B for each user, a whole change log, and that each is found."""
    new = FaceTemplate.objects.filter(model_name=B.name)
    assert Counter(new.values_list("subject__user_id", flat=True)) == {
        f"user-{person}": 1 for person in range(USERS)
    }
    head = GalleryHead.objects.get(client_pk=api.client.pk).sequence
    numbers = GalleryChange.objects.filter(client_pk=api.client.pk).values_list("sequence")
    assert sorted(number for (number,) in numbers) == list(range(1, head + 1))
    for person in range(USERS):
        assert api.identify(image(person, 9))["matched_user"] == {"user_id": f"user-{person}"}


def test_killed_in_the_middle_it_goes_on(enrolled):
    dying = start(**{DIES_AT: str(3 * FRAMES + 1)})  # at a frame of the fourth user
    dying.communicate(timeout=120)
    assert dying.returncode == -9
    before = set(FaceTemplate.objects.filter(model_name=B.name).values_list("pk", "vector"))
    assert len(before) == 3
    assert reembedded(start()) == USERS - 3
    after = set(FaceTemplate.objects.filter(model_name=B.name).values_list("pk", "vector"))
    assert before < after  # finished work is not repeated
    assert_one_each(enrolled)


def test_two_at_the_same_time(enrolled):
    runs = [start(), start()]
    assert sum(reembedded(run) for run in runs) == USERS
    assert_one_each(enrolled)
