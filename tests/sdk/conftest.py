"""A scripted service, and each kind of client of it."""

import asyncio

import pytest

from tests.sdk import scripted


@pytest.fixture
def service():
    return scripted.Service()


@pytest.fixture(params=["sync", "async"])
def client(request, service):
    """Each kind of client in turn."""
    if request.param == "sync":
        yield scripted.sync_client(service)
    else:
        with asyncio.Runner() as runner:
            yield scripted.Blocking(scripted.async_client(service), runner)
