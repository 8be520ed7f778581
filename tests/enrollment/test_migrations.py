"""Migrations of enrollment keep the rows, forwards and back."""

import pytest

from enrollment.models import FaceTemplate
from tests.enrollment.templates import put_template
from tests.migrating import migrate

ONE_TEMPLATE = ("enrollment", "0001_initial")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def template(api):
    yield put_template(api.client.pk, "alice", seed=1)
    migrate()


def test_back_and_forth(template):
    before = list(FaceTemplate.objects.values())
    migrate(ONE_TEMPLATE)
    migrate()
    assert list(FaceTemplate.objects.values()) == before


def test_not_back_while_an_enrollment_has_two(template):
    second = FaceTemplate.objects.get(pk=template)
    second.pk, second.model_name = None, "another"
    second.save(force_insert=True)
    with pytest.raises(RuntimeError, match="1 enrollments have templates of several"):
        migrate(ONE_TEMPLATE)
    assert FaceTemplate.objects.count() == 2
