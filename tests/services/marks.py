"""The marks of the tests in this folder."""

import pytest
from django.conf import settings

services = [
    pytest.mark.services,
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"] != "django.db.backends.mysql",
        reason="needs MariaDB or MySQL, Redis and workers: make test-services",
    ),
]
