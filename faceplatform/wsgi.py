"""WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from faceplatform.api.charset import OnlyUtf8
from faceplatform.api.chunked import ReadChunked

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
application = ReadChunked(OnlyUtf8(get_wsgi_application()))
