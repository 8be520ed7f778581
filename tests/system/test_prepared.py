"""Statements whose SQL is compiled once do the same as Django's own."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from clients.models import Client, Subject
from faceplatform import prepared
from faceplatform.prepared import Prepared

pytestmark = pytest.mark.django_db


def test_several_rows_are_inserted_at_once(api, other, django_assert_num_queries):
    for names in (("alice",), ("bob", "carol"), ("dan", "eve")):
        rows = [Subject(client=api.client, user_id=name, metadata={"n": name}) for name in names]
        with django_assert_num_queries(1):
            prepared.insert_all(rows)
        assert {row.pk for row in rows} == {None}
    Subject.objects.create(client=other.client, user_id="alice")
    found = Subject.objects.filter(client=api.client).order_by("pk")
    assert [(row.user_id, row.metadata) for row in found] == [
        (name, {"n": name}) for name in ("alice", "bob", "carol", "dan", "eve")
    ]
    assert len({row.pk for row in found}) == 5


@pytest.fixture
def subjects(api, other):
    return [
        Subject.objects.create(client=owner.client, user_id=name)
        for owner, name in ((api, "alice"), (api, "bob"), (other, "alice"))
    ]


def test_each_value_goes_where_it_was_asked_for(subjects):
    """Django sorts the conditions of a filter, so the values are identified, not counted."""
    of_name = Prepared(lambda rows, name, owner: rows.filter(user_id=name, client=owner))
    alice, bob, namesake = subjects
    assert of_name(Subject, "alice", alice.client_id) == [alice]
    assert of_name(Subject, "bob", bob.client_id) == [bob]
    assert of_name(Subject, "alice", namesake.client_id) == [namesake]
    assert of_name(Subject, "bob", namesake.client_id) == []


def test_what_is_fixed_stays(subjects):
    others = Prepared(
        lambda rows, owner: rows.filter(client=owner).exclude(user_id="bob").order_by("-pk")
    )
    alice, _, namesake = subjects
    assert others(Subject, alice.client_id) == [alice]
    assert others(Subject, namesake.client_id) == [namesake]


def test_one_question_for_several_models(api):
    by_key = Prepared(lambda rows, key: rows.filter(pk=key))
    subject = Subject.objects.create(client=api.client, user_id="alice")
    assert by_key(Subject, subject.pk) == [subject]
    assert by_key(Client, api.client.pk) == [api.client]


def test_rows_are_whole(make_api):
    """Dates, UUIDs and JSON are converted as by any other query, and the row can be saved."""
    client = make_api("initech", target_samples=2).client
    (row,) = Prepared(lambda rows, key: rows.filter(pk=key))(Client, client.pk)
    fields = [field.attname for field in Client._meta.concrete_fields]
    expected = Client.objects.get(pk=client.pk)
    assert [getattr(row, name) for name in fields] == [getattr(expected, name) for name in fields]
    assert row.created_at.tzinfo is not None
    row.name = "initrode"
    row.save(update_fields=["name"])
    assert Client.objects.get(pk=client.pk).name == "initrode"


def test_insert(api):
    subject = Subject(client=api.client, user_id="alice")
    before = timezone.now()
    prepared.insert(subject)
    stored = Subject.objects.get(pk=subject.pk)
    assert (stored.user_id, stored.public_id) == ("alice", subject.public_id)
    assert before <= stored.created_at <= timezone.now()
    assert subject.refresh_from_db() is None


def test_update_writes_what_is_named(subjects):
    alice, bob, _ = subjects
    alice.user_id, alice.is_active, alice.public_id = "alicia", False, uuid4()
    prepared.update(alice, "user_id", "is_active")
    stored = Subject.objects.get(pk=alice.pk)
    assert (stored.user_id, stored.is_active) == ("alicia", False)
    assert stored.public_id != alice.public_id
    assert Subject.objects.get(pk=bob.pk).user_id == "bob"


def test_update_of_a_row_that_is_gone(subjects):
    alice = subjects[0]
    Subject.objects.all().delete()
    with pytest.raises(DatabaseError):
        prepared.update(alice, "user_id")


def test_update_of_several_rows(subjects):
    """Each gets its own values, and what is not named stays."""
    alice, bob, carol = subjects
    alice.user_id, bob.user_id, bob.is_active = "alicia", "robert", False
    prepared.update_all([alice, bob], "user_id")
    stored = dict(Subject.objects.values_list("pk", "user_id"))
    assert stored == {alice.pk: "alicia", bob.pk: "robert", carol.pk: carol.user_id}
    assert Subject.objects.get(pk=bob.pk).is_active


def test_update_of_several_rows_one_of_which_is_gone(subjects):
    Subject.objects.filter(pk=subjects[1].pk).delete()
    with pytest.raises(DatabaseError):
        prepared.update_all(subjects, "user_id")


@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction_each_time(api):
    """Even if the statement was compiled inside a transaction."""
    locked = Prepared(lambda rows, key: rows.select_for_update().filter(pk=key))
    with transaction.atomic():
        assert locked(Client, api.client.pk) == [api.client]
    with pytest.raises(TransactionManagementError):
        locked(Client, api.client.pk)


def test_annotations_are_attributes_of_the_rows(make_api):
    acme = make_api("acme")
    make_api("globex")
    of_key = Prepared(
        lambda clients, api_key: clients.filter(credentials__api_key=api_key).annotate(
            key=F("credentials__api_key")
        )
    )
    (found,) = of_key(Client, acme.issued.credential.api_key)
    assert (found, found.key) == (acme.client, acme.issued.credential.api_key)
    assert found.policy == {}
