"""What a refused request still sends is read, within the bound of any request."""

from io import BytesIO

import pytest
from django.conf import settings
from django.http import HttpResponse, UnreadablePostError
from django.test import RequestFactory

from faceplatform.api.unread_body import UnreadBodyMiddleware


class Body(BytesIO):
    """Remembers how far it was read."""

    def read(self, *size):
        self.was_read = True
        return super().read(*size)

    was_read = False


def answered(status: int, body: BytesIO, length: int | str) -> int:
    request = RequestFactory().generic("POST", "/", "")
    request.META["CONTENT_LENGTH"] = str(length)
    request._stream = body
    return UnreadBodyMiddleware(lambda _: HttpResponse(status=status))(request).status_code


@pytest.mark.parametrize("status", [401, 429, 503])
def test_a_refused_body_is_read_to_its_end(status):
    body = Body(b"x" * 1_000_000)
    assert answered(status, body, 1_000_000) == status
    assert body.tell() == 1_000_000


@pytest.mark.parametrize(
    ("status", "length"),
    [(200, 10), (401, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), (401, "many"), (401, "-1")],
)
def test_otherwise_nothing_is_read(status, length):
    body = Body(b"x" * 10)
    assert answered(status, body, length) == status
    assert not body.was_read


def test_a_caller_that_has_gone():
    class Broken(BytesIO):
        def read(self, *size):
            raise OSError

    assert answered(401, Broken(), 10) == 401
    request = RequestFactory().generic("POST", "/", "")
    request._stream = Broken()
    with pytest.raises(UnreadablePostError):  # the control: reading does raise
        request.read(1)
