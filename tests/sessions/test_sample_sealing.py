"""A database without its keys does not tell if an image was used in an open session."""

import hashlib

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from authentication.models import ProbeSample
from enrollment.models import EnrollmentSample
from faceplatform.crypto import DecryptionFailed
from faceplatform.engine.decoding.decode import decode
from tests.stage import problem

KINDS = [("enrollment_token", EnrollmentSample), ("authentication_token", ProbeSample)]


def stored(model) -> bytes:
    """Return the table's content as one string of bytes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608
        return b" ".join(
            value if isinstance(value, bytes) else str(value).encode()
            for row in cursor.fetchall()
            for value in row
        )


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "model"), KINDS)
def test_neither_digest_nor_fingerprint_is_in_the_clear(api, stage, kind, model):
    data = stage.frame()
    assert api.post_frame(getattr(api, kind)(), data).json()["frame_accepted"] is True
    fingerprint, digest = decode(data).fingerprint, hashlib.sha256(data)
    rows = stored(model)
    assert len(rows) > 500
    for trace in (fingerprint, digest.digest()):
        assert trace not in rows
        assert trace.hex().encode() not in rows


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "model"), KINDS)
def test_a_fingerprint_of_another_row_does_not_open(api, stage, kind, model):
    tokens = [getattr(api, kind)() for _ in range(2)]
    for token in tokens:
        api.post_frame(token, stage.frame())
    one, two = model.objects.order_by("pk")
    model.objects.filter(pk=one.pk).update(fingerprint=two.fingerprint)
    with pytest.raises(DecryptionFailed):
        model.objects.get(pk=one.pk).as_sample()
    problem(api.post_frame(tokens[0], stage.frame()), 503, "decryption_failed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "model", "before"),
    [
        ("enrollment_token", EnrollmentSample, ("enrollment", "0002")),
        ("authentication_token", ProbeSample, ("authentication", "0001")),
    ],
)
def test_sessions_that_are_open_go_on_after_an_upgrade(api, stage, kind, model, before):
    token, data = getattr(api, kind)(), stage.frame()
    api.post_frame(token, data)
    sealed = stored(model)
    try:
        migrate(before)
        assert decode(data).fingerprint in stored(model)
        assert stored(model) != sealed
    finally:
        migrate()
    assert decode(data).fingerprint not in stored(model)
    assert api.post_frame(token, data).json()["reason"] == "frame_repeated"
    assert api.post_frame(token, stage.frame()).json()["samples_collected"] == 2


def migrate(before: tuple[str, str] | None = None) -> None:
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    if before is None:
        executor.migrate(leaves)
        return
    app, number = before
    executor.migrate([n for n in executor.loader.graph.nodes if n[0] == app and n[1][:4] == number])
