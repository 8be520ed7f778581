"""Vectors are sealed in the database, each bound to its own row."""

import struct

import pytest

from authentication.models import ProbeSample
from enrollment import gallery
from enrollment.models import EnrollmentSample, FaceTemplate
from faceplatform import crypto
from faceplatform.engine import testing as fake
from faceplatform.matching.embeddings import fuse
from tests.stage import problem

pytestmark = pytest.mark.django_db


def holds(row, embedding) -> bool:
    """Return True if the row's bytes hold any four neighboring floats of the vector."""
    raw, stored = embedding.astype("<f4").tobytes(), bytes(row.vector)
    return any(raw[i : i + 16] in stored for i in range(0, len(raw) - 16, 4))


def test_no_floats_lie_in_a_template(api, stage):
    api.enroll(stage, frames=1)
    template = FaceTemplate.objects.get()
    embedding = template.unseal()
    assert embedding @ fake.embedding("alice") > 0.9
    assert not holds(template, embedding)
    assert len(bytes(template.vector)) == 12 + 128 * 4 + 16
    assert struct.calcsize("<128f") == 512


def test_no_floats_lie_in_a_sample(api, stage):
    for token in (api.enrollment_token(), api.authentication_token()):
        api.post_frame(token, stage.frame())
    for sample in (EnrollmentSample.objects.get(), ProbeSample.objects.get()):
        assert sample.unseal() @ fake.embedding("alice") > 0.9
        assert not holds(sample, sample.unseal())


def test_the_template_is_the_fusion_of_the_samples(api, stage):
    api.enroll(stage, frames=3)
    expected = fuse([fake.embedding("alice", sample) for sample in (1, 2, 3)])
    assert FaceTemplate.objects.get().unseal() @ expected == pytest.approx(1, abs=1e-6)


@pytest.fixture
def swapped(api, stage):
    """Return Bob's row with alice's sealed vector in it."""
    api.enroll(stage, "alice")
    api.enroll(stage, "bob")
    alice, bob = (FaceTemplate.objects.get(subject__user_id=user) for user in ("alice", "bob"))
    bob.vector, bob.key_id = alice.vector, alice.key_id
    bob.save(update_fields=["vector", "key_id"])
    gallery.forget_all()
    return bob


def test_a_vector_in_another_row_does_not_open(swapped):
    with pytest.raises(crypto.DecryptionFailed):
        swapped.unseal()


def test_nobody_is_let_in_by_a_moved_vector(api, stage, swapped):
    token = api.authentication_token("bob")
    for person in ("alice", "bob"):
        problem(api.post_frame(token, stage.frame(person)), 503, "decryption_failed")
    problem(
        api.post_frame(api.authentication_token(), stage.frame("alice")), 503, "decryption_failed"
    )
    assert api.session(token).json()["frames_received"] == 0


@pytest.mark.parametrize("damage", [b"", b"short", bytes(12), bytes(540)])
def test_a_damaged_vector_is_a_503(api, stage, damage):
    api.enroll(stage, "alice")
    FaceTemplate.objects.update(vector=damage)
    gallery.forget_all()
    for user in ("alice", None):
        token = api.authentication_token(user)
        problem(api.post_frame(token, stage.frame("alice")), 503, "decryption_failed")


def test_after_the_damage_is_removed_the_search_works_again(api, stage):
    """A search does not use the rest of a load that broke off."""
    for user in ("alice", "bob", "carol"):
        api.enroll(stage, user)
    alice, bob = (FaceTemplate.objects.get(subject__user_id=user) for user in ("alice", "bob"))
    FaceTemplate.objects.filter(pk=bob.pk).update(vector=b"damaged")
    gallery.forget_all()
    token = api.authentication_token()
    problem(api.post_frame(token, stage.frame("carol")), 503, "decryption_failed")
    for template in (alice, bob):
        template.enrollment.delete()
    assert api.identify(stage.frame("carol"))["matched_user"] == {"user_id": "carol"}
    for gone in ("alice", "bob"):
        assert api.identify(stage.frame(gone))["matched_user"] is None
    found = gallery.search(client_pk=api.client.pk, model=fake.MODEL, probe=fake.embedding("carol"))
    assert found.size == 1


def test_without_its_key_a_template_is_a_503(api, stage, settings):
    api.enroll(stage, "alice")
    token = api.authentication_token("alice")
    settings.FACEPLATFORM_TEMPLATE_KEYS = ["other:" + "QUFB" * 10 + "QUE="]
    gallery.forget_all()
    problem(api.post_frame(token, stage.frame("alice")), 503, "decryption_failed")
