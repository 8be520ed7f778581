"""WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from faceplatform.api.charset import OnlyUtf8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
application = OnlyUtf8(get_wsgi_application())
