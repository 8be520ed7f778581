"""A recognition model that no stored template was made with does not start by accident."""

from dataclasses import replace

import pytest

from enrollment.compatibility import check_templates
from enrollment.models import FaceTemplate
from faceplatform.engine.testing import MODEL
from faceplatform.errors import ConfigurationError
from faceplatform.matching.model import SANDBOX_NAME
from tests.enrollment.templates import put_template

pytestmark = pytest.mark.django_db

OTHER = replace(MODEL, name="other", dimension=192)


@pytest.fixture
def templates(api):
    return [put_template(api.client.pk, f"user-{n}", seed=n) for n in range(3)]


def test_an_empty_database_takes_any_model():
    check_templates(MODEL)
    check_templates(OTHER)


def test_the_model_of_the_templates(templates):
    check_templates(MODEL)


def test_another_model_is_refused_saying_what_there_is_and_what_to_do(templates):
    with pytest.raises(ConfigurationError) as caught:
        check_templates(OTHER)
    message = caught.value.detail
    assert str(OTHER.key) in message
    assert f"3 of {MODEL.key} (128-d)" in message
    assert "FACEPLATFORM_RECOGNITION_MODEL" in message
    assert "FACEPLATFORM_ALLOW_MODEL_CHANGE" in message


@pytest.mark.parametrize("attribute", ["version", "alignment"])
def test_another_version_or_alignment_is_another_model(templates, attribute):
    with pytest.raises(ConfigurationError):
        check_templates(replace(MODEL, **{attribute: "another"}))


def test_a_change_that_is_meant(templates, settings):
    settings.FACEPLATFORM_ALLOW_MODEL_CHANGE = True
    check_templates(OTHER)


def test_a_change_under_way_is_told(templates, caplog):
    check_templates(MODEL)
    assert not caplog.records
    FaceTemplate.objects.filter(pk=templates[0]).update(model_name=OTHER.name, dimension=192)
    check_templates(OTHER)
    assert f"2 of {MODEL.key} (128-d)" in caplog.text
    check_templates(MODEL)
    assert f"1 of {OTHER.key} (192-d)" in caplog.text


def test_templates_of_a_sandbox_belong_to_no_model(templates, caplog):
    """They neither warn of a change that nobody makes, nor keep a model from starting."""
    FaceTemplate.objects.filter(pk=templates[0]).update(model_name=SANDBOX_NAME)
    FaceTemplate.objects.filter(pk=templates[1]).update(model_name=SANDBOX_NAME, model_version="0")
    check_templates(MODEL)
    assert not caplog.records
    FaceTemplate.objects.update(model_name=SANDBOX_NAME)
    check_templates(MODEL)
    assert not caplog.records


def test_another_dimension_under_the_same_name_is_never_allowed(templates, settings):
    settings.FACEPLATFORM_ALLOW_MODEL_CHANGE = True
    with pytest.raises(ConfigurationError, match="embeddings of 256"):
        check_templates(replace(MODEL, dimension=256))
