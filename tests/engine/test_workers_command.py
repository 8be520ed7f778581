"""manage.py workers without workers by design; for workers see tests/services."""

import pytest
from django.core.management import CommandError, call_command


def test_the_embedded_default_has_no_workers(settings):
    settings.FACEPLATFORM_ENGINE = "local"
    with pytest.raises(CommandError, match="web processes measure frames themselves"):
        call_command("workers")
