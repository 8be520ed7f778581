"""Users, credentials, groups and endpoints of a client: exact, however they are created."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from clients import credentials
from clients.models import Client, Credential, Subject, UserTally
from clients.quotas import CredentialLimitReached, GroupLimitReached, UserLimitReached
from clients.services import create_subject, find_subject, get_or_create_group
from clients.users import services as users
from clients.users.erasure import erase_subject
from tests.stage import limit, problem
from webhooks import endpoints
from webhooks.errors import EndpointLimitReached
from webhooks.models import Endpoint


@pytest.mark.django_db
def test_an_enrollment_creates_no_user_beyond_the_limit(api, stage):
    limit(api, users=2)
    api.enroll(stage, "alice", frames=1)
    api.enroll(stage, "bob", frames=1)
    body = problem(api.open_enrollment("carol"), 409, "user_limit_reached")
    assert body["limit"] == 2
    assert api.open_enrollment("alice").status_code == 201  # one who exists
    erase_subject(find_subject(api.client, "alice"))
    assert api.open_enrollment("carol").status_code == 201
    problem(api.open_enrollment("dave"), 409, "user_limit_reached")


@pytest.mark.django_db
def test_users_from_before_are_counted_once(api, django_assert_num_queries):
    for number in range(3):
        Subject.objects.create(client=api.client, user_id=f"user-{number}")
    create_subject(api.client, "alice")
    assert UserTally.objects.get().users == 4
    with django_assert_num_queries(7):  # savepoints among them; none of them counts
        create_subject(api.client, "bob")
    assert UserTally.objects.get().users == 5


@pytest.mark.django_db
def test_a_user_that_exists_takes_no_place(api, other):
    limit(api, users=1)
    for _ in range(3):
        assert api.open_enrollment("alice").status_code == 201
    assert UserTally.objects.get().users == 1
    assert other.open_enrollment("alice").status_code == 201


@pytest.mark.django_db
def test_credentials(api):
    limit(api, credentials=2)
    second = credentials.issue(api.client)
    with pytest.raises(CredentialLimitReached):
        credentials.issue(api.client)
    credentials.revoke(second.credential)
    credentials.issue(api.client)
    assert Credential.objects.count() == 3


@pytest.mark.django_db
def test_groups(api):
    limit(api, groups=1)
    get_or_create_group(api.client, "staff")
    get_or_create_group(api.client, "staff")
    with pytest.raises(GroupLimitReached):
        get_or_create_group(api.client, "guests")


def new_endpoint(client, name):
    return endpoints.create(
        client, name=name, url=f"https://example.com/{name}", subscribed_events=["*"], by=None
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("create", "refusal"),
    [
        (lambda client, number: users.create(client, f"user-{number}", {}), UserLimitReached),
        (lambda client, number: credentials.issue(client), CredentialLimitReached),
        (lambda client, number: new_endpoint(client, f"hook-{number}"), EndpointLimitReached),
    ],
    ids=["users", "credentials", "webhook endpoints"],
)
def test_simultaneous_creations(api, create, refusal):
    # One of the credentials exists.
    limit(api, users=7, credentials=8, webhook_endpoints=7)
    barrier = Barrier(16, timeout=60)

    def run(number: int) -> bool:
        barrier.wait()
        try:
            create(Client.objects.get(pk=api.client.pk), number)
        except refusal:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(run, range(16))) == 7
    assert 7 in {
        Subject.objects.count(),
        Credential.objects.count() - 1,
        Endpoint.objects.count(),
    }
