"""A caller that disconnects in the middle of its body is not logged as a failure."""

import json
from io import BytesIO

import pytest

from tests.wsgi import served

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
def test_a_caller_that_breaks_off(api, kind, caplog):
    class Gone(BytesIO):
        def read(self, *_):
            raise ConnectionResetError

    status, answer = served(
        "POST", "/api/auth/process-image/", Gone(b"{}"), kind, HTTP_AUTHORIZATION=api.authorization
    )
    assert (status, json.loads(answer)["code"]) == (400, "malformed")
    assert "Traceback" not in caplog.text
