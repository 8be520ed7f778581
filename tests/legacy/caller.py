"""A caller of the older APIs: any method with any kind of body, and no redirects."""

import json
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

FORM = "application/x-www-form-urlencoded"


class Caller:
    def __init__(self, **headers: str) -> None:
        self.http = Client(raise_request_exception=False)
        self.headers = headers

    def call(
        self,
        do: str,
        *,
        files: dict[str, bytes] | None = None,
        form: dict[str, Any] | None = None,
        urlencoded: dict[str, str] | None = None,
        json_body: Any = None,
        headers: dict[str, str] | None = None,
    ):
        """Call; ``do`` is a method and an address, as in ``POST /api/enroll?username=ada``."""
        method, _, path = do.partition(" ")
        data, content_type = self._body(files, form, urlencoded, json_body)
        return self.http.generic(
            method, path, data, content_type, headers={**self.headers, **(headers or {})}
        )

    def _body(self, files, form, urlencoded, json_body) -> tuple[bytes, str]:
        if json_body is not None:
            return json.dumps(json_body).encode(), "application/json"
        if urlencoded is not None:
            return urlencode(urlencoded).encode(), FORM
        if files is not None or form is not None:
            uploads = {
                name: SimpleUploadedFile(f"{name}.bin", content)
                for name, content in (files or {}).items()
            }
            return encode_multipart(BOUNDARY, {**(form or {}), **uploads}), MULTIPART_CONTENT
        return b"", ""


def told(answer: Any) -> Any:
    """Return the body of a legacy answer, JSON or nothing, after checking its headers."""
    assert answer["Deprecation"] == "@1795478400"
    assert 'rel="successor-version"' in answer["Link"]
    if answer.status_code == 204:
        assert answer.content == b""
        return None
    assert answer["Content-Type"] == "application/json"
    return answer.json()
