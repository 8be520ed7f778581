"""A client that is deleted during a request."""

import pytest

from tests.api.gone_meanwhile.calls import CALLS, delete_the_client, every_moment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_client_is_deleted(scene, call):
    every_moment(scene, call, delete_the_client)
