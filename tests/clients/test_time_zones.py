"""The names of time zones that a client may have."""

import pytest
from django.core.exceptions import ValidationError

from clients.models.client import validate_time_zone


@pytest.mark.parametrize("name", ["UTC", "Europe/Paris", "America/Argentina/Ushuaia"])
def test_a_time_zone(name):
    validate_time_zone(name)


@pytest.mark.parametrize("name", ["localtime", "Factory", "Europe/Atlantis", "", "../UTC"])
def test_no_time_zone(name):
    with pytest.raises(ValidationError, match="no such time zone"):
        validate_time_zone(name)
