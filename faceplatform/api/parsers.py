"""Parsers with limits on the body: REST framework's own parsers read as much as they are sent.

They do not inherit from its parsers: for these it reads the whole body first.
"""

from typing import Any

from rest_framework.parsers import BaseParser, DataAndFiles

from faceplatform.api import forms, json_text
from faceplatform.api.bodies import BoundedStream, text_of


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = BoundedStream(stream, media_type, parser_context).read_all()
        json_text.check_structure(body)
        text = text_of(body, parser_context["encoding"])
        del body  # with an image, 14 MB in addition to the text and the value
        return json_text.parse(text)


class FormParser(BaseParser):
    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> DataAndFiles:
        body = BoundedStream(stream, media_type, parser_context).read_all()
        return forms.parse_urlencoded(body, parser_context["encoding"])


class MultiPartParser(BaseParser):
    media_type = "multipart/form-data"

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> DataAndFiles:
        bounded = BoundedStream(stream, media_type, parser_context)
        return forms.parse_multipart(bounded, media_type, parser_context)
