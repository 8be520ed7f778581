"""API secrets are kept as hashes only, and never written to a log."""

import logging

import pytest
from django.apps import apps
from django.db import connection

from clients import tokens
from tests.stage import anonymous

pytestmark = pytest.mark.django_db


def test_no_table_holds_a_secret_or_a_token(api, stage):
    token = api.enrollment_token(metadata={"note": "kept"})
    api.http.post(
        "/api/auth/enrollment/",
        {"user_id": "bob", "session_type": "api"},
        format="json",
        HTTP_IDEMPOTENCY_KEY="once",
    )
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            for row in cursor.fetchall():
                text = "|".join(str(value) for value in row)
                assert api.issued.api_secret not in text, model
                assert token not in text, model


def test_nothing_secret_is_logged(api, stage, caplog):
    caplog.set_level(logging.DEBUG)
    key, secret = api.issued.credential.api_key, api.issued.api_secret
    http = anonymous()
    for body in (
        {"api_key": key, "api_secret": secret},
        {"api_key": key, "api_secret": f"{secret}wrong"},
        {"api_key": key, "api_secret": [secret]},
    ):
        http.post("/api/core/auth/client/", body, format="json")
    access = tokens.issue_tokens(api.issued.credential)["access"]
    http.credentials(HTTP_AUTHORIZATION=f"Basic {access}")
    http.get("/api/core/status/")
    written = "\n".join(
        [caplog.text, *(str(record.__dict__) for record in caplog.records if record.args)]
    )
    assert secret not in written
    assert access not in written
