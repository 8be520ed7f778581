"""Webhooks arrive though worker, web process or Redis are killed, or the worker's clock moves."""

from collections.abc import Iterator

import pytest

from tests.chaos.conftest import deployed
from tests.chaos.test_clock import Clock
from tests.deployment import Caller, Deployment, wait_until
from tests.webhooks.backend import Backend

pytestmark = pytest.mark.chaos

EVENTS = 100
# A killed worker's claims end after 60 seconds; a failed request is repeated 5 seconds later.
_SECONDS = 120
_CREATE = """
from clients.models import Client
from webhooks import endpoint_secrets
from webhooks.models import Endpoint, Subscription
client = Client.objects.get(name={name!r})
to = Endpoint.objects.create(client=client, name="backend", url={url!r})
Subscription.objects.create(endpoint=to, pattern="subject.created")
print("secret", endpoint_secrets.issue(to))
"""
_CLAIMED = "SELECT COUNT(*) FROM webhooks_delivery WHERE claim <> ''"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory) -> Iterator[Deployment]:
    with deployed(
        tmp_path_factory.mktemp("deployment"),
        webhooks=True,
        FACEPLATFORM_WEBHOOKS_ALLOW_HTTP="true",
        FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS="127.0.0.0/8",
    ) as deployment:
        yield deployment


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend().listening() as backend:
        yield backend


@pytest.fixture
def caller(deployment, key, backend, request) -> Caller:
    """A client whose backend is told of new users."""
    said = deployment.manage("shell", "-c", _CREATE.format(name=request.node.name, url=backend.url))
    backend.secret = said.split()[-1]
    return deployment.caller(key)


def create(caller: Caller, first: int, last: int) -> None:
    for number in range(first, last):
        caller.post("/api/clients/users/", {"user_id": f"user-{number}"}).json()


def require_all(backend: Backend, *, count: int = EVENTS) -> int:
    """Wait until every user was told of; return the number of requests that were repeated."""
    wait_until(lambda: len(users(backend)) >= count, _SECONDS, f"{count} events have arrived")
    assert users(backend) == {f"user-{number}" for number in range(count)}
    assert len(backend.accepted) == count
    assert backend.refused == []
    return sum(len(bodies) - 1 for bodies in backend.accepted.values())


def users(backend: Backend) -> set[str]:
    bodies = [each for bodies in list(backend.accepted.values()) for each in bodies]
    return {body["data"]["user_id"] for body in bodies}


def test_worker_killed_with_deliveries_claimed(deployment, caller, backend, told):
    with backend.silence():
        create(caller, 0, EVENTS)
        wait_until(
            lambda: deployment.database.run(_CLAIMED) != ((0,),), _SECONDS, "some are claimed"
        )
        deployment.webhooks.kill()
    deployment.webhooks.start()
    repeated = require_all(backend)
    told("the webhooks worker, -9, deliveries claimed", f"{EVENTS} events, {repeated} twice")


def test_redis_killed_during_the_events(deployment, caller, backend, told):
    create(caller, 0, EVENTS // 2)
    deployment.redis.kill()
    try:
        deployment.webhooks.kill()
        deployment.webhooks.launch()  # it delivers before it finds its broker
        require_all(backend, count=EVENTS // 2)
    finally:
        deployment.redis.start()
    deployment.webhooks.await_ready()
    create(caller, EVENTS // 2, EVENTS)
    require_all(backend)
    told("Redis, -9, during the events; and the worker", f"{EVENTS} events")


def test_web_killed_right_after_its_commits(deployment, caller, backend, told):
    deployment.webhooks.pause()
    create(caller, 0, EVENTS)
    deployment.web.kill()
    deployment.webhooks.resume()
    require_all(backend)
    deployment.web.start()
    told("the web processes, -9, right after their commits", f"{EVENTS} events")


def test_the_workers_clock_moves(deployment, caller, backend, tmp_path, told):
    clock, own = Clock(tmp_path), deployment.webhooks.environment
    deployment.webhooks.stop()
    deployment.webhooks.environment = own | clock.environment
    deployment.webhooks.start()
    try:
        # Within the five minutes that verifiers tolerate.
        for step, seconds in enumerate((-200, 200, 0, -200)):
            clock.set(seconds)
            create(caller, step * EVENTS // 4, (step + 1) * EVENTS // 4)
        require_all(backend)
    finally:
        deployment.webhooks.kill()
        deployment.webhooks.environment = own
        deployment.webhooks.start()
    told("nothing, the worker's clock jumps 200 s back, ahead, back", f"{EVENTS} events")
