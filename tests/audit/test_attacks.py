"""Whoever may write to the database and has no key: what sealer, retention and erasure refuse."""

import json
import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audit import alarms, chaining, register, retention
from audit.models import AuditChain, AuditCheckpoint, AuditEntry
from clients.models import Subject
from clients.users.erasure import erase_subject
from faceplatform import events
from tests.audit.chains import entries, seal, verify, write
from tests.clients.users import Users

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _not_logged_yet():
    alarms.forget()


@pytest.fixture
def chain(api):
    """Return the entries of a sealed chain of eight."""
    write(api.client, 7)
    seal()
    return entries(api.client)


@pytest.fixture
def aged(api):
    """Return a client with six sealed entries that retention deletes, and three young ones."""
    AuditEntry.objects.filter(client=api.client).delete()
    write(api.client, 6, at=timezone.now() - timedelta(days=800))
    write(api.client, 3)
    seal()
    return api.client


def own(client):
    return AuditEntry.objects.filter(client=client)


def alerts(heard) -> list[str]:
    return [event.alert for event in heard if isinstance(event, events.SecurityAlert)]


def criticals(caplog) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno == logging.CRITICAL]


# The sealer ------------------------------------------------------------------------------


def cut(client) -> None:
    """Delete the last two entries, and move the head back without a key."""
    rows = entries(client)
    own(client).filter(sequence__gt=6).delete()
    AuditChain.objects.filter(client=client).update(sequence=6, hash=rows[5].hash)


def cut_below_the_head(client) -> None:
    own(client).filter(sequence__gt=6).delete()


def rehash(client) -> None:
    """Change an entry, and compute all later hashes and the head again."""
    own(client).filter(sequence=4).update(facts="{}")
    rows = entries(client)
    previous = rows[2].hash
    for number, row in enumerate(rows[3:], 4):
        row.hash = previous = chaining.link(row.record(), previous, number)
        row.save(update_fields=["hash"])
    AuditChain.objects.filter(client=client).update(hash=previous)


def unseal_the_end(client) -> None:
    own(client).filter(sequence__gt=6).update(sequence=None, hash="")


def add_beyond_the_head(client) -> None:
    row = entries(client)[-1]
    row.pk, row.sequence, row.public_id = None, 9, "6f1c1f0e-54d4-4b1e-8a55-0d5a3c8d7b11"
    row.save(force_insert=True)


@pytest.mark.parametrize(
    "attack", [cut, cut_below_the_head, rehash, unseal_the_end, add_beyond_the_head]
)
def test_the_sealer_signs_no_head_that_is_not_its_own(api, chain, attack, heard, caplog):
    attack(api.client)
    broken = AuditChain.objects.get(client=api.client)
    for _ in range(2):
        write(api.client, 1)
        seal()
    after = AuditChain.objects.get(client=api.client)
    assert (after.sequence, after.mac) == (broken.sequence, broken.mac)
    assert alerts(heard) == ["audit_chain_broken"]
    assert len(criticals(caplog)) == 1
    assert verify().status == 1


def test_a_row_unsealed_by_hand_is_named(api, chain):
    own(api.client).filter(pk=chain[3].pk).update(sequence=None, hash="")
    assert verify().status == 1
    seal()
    assert "number 4, before" in verify().said


def test_renumbered_rows_lack_the_keyed_seal(api, chain):
    """The numbers and hashes are computed again; the old head of six is put back."""
    own(api.client).filter(pk=chain[-1].pk).update(seal="derived-x:" + "0" * 64)
    verdict = verify()
    assert verdict.status == 1
    assert "(number 8): seal_wrong" in verdict.said or "key_unknown" in verdict.said


# Every row -------------------------------------------------------------------------------


def test_a_row_numbered_zero_is_found(api, chain):
    row = entries(api.client)[0]
    row.pk, row.sequence, row.public_id = None, 0, "6f1c1f0e-54d4-4b1e-8a55-0d5a3c8d7b11"
    row.save(force_insert=True)
    verdict = verify()
    assert verdict.status == 1
    assert "(number 0): outside_the_chain" in verdict.said


def test_a_row_below_a_checkpoint_is_found(aged):
    first = entries(aged)[0]
    assert retention.remove_old_entries(limit=500) == 6
    seal()
    assert verify().status == 0
    first.pk = None
    first.save(force_insert=True)
    verdict = verify()
    assert verdict.status == 1
    assert "(number 1): outside_the_chain" in verdict.said


# Retention -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.filter(sequence=9).update(facts="{}"),
        lambda rows: rows.filter(sequence=3).update(facts="{}"),
        lambda rows: rows.filter(sequence=3).update(hash="0" * 64),
        lambda rows: rows.filter(sequence=3).delete(),
        lambda rows: rows.filter(sequence=1).delete(),
    ],
)
def test_retention_deletes_nothing_of_a_chain_that_is_broken(aged, change, heard, caplog):
    own(aged).filter(sequence__gt=6).update(at=timezone.now() - timedelta(days=800))
    change(own(aged))
    number = own(aged).count()
    for _ in range(2):
        assert retention.remove_old_entries(limit=500) == 0
    assert own(aged).exclude(sequence=None).count() == number
    assert not AuditCheckpoint.objects.exists()
    assert alerts(heard) == ["audit_chain_broken"]
    assert len(criticals(caplog)) == 1
    assert verify().status == 1


def test_a_noted_head_below_a_checkpoint_is_not_called_whole(aged):
    third = entries(aged)[2]
    noted = f"client:{aged.pk}:3:{third.hash}"
    assert verify("--expect", noted).status == 0
    retention.remove_old_entries(limit=500)
    seal()
    verdict = verify("--expect", noted)
    assert verdict.status == 3
    assert "number 3: below the checkpoint, cannot be checked" in verdict.said


# Erasure ---------------------------------------------------------------------------------


def test_an_erasure_empties_no_entry_of_another_user(api, other, heard, caplog):
    users = Users(api)
    users.create("ada")
    users.create("bob")
    Users(other).create("eve")
    seal()
    ada = Subject.objects.get(user_id="ada")
    pointed = AuditEntry.objects.filter(user_id__in=["bob", "eve"])
    pointed.update(subject=ada)
    erase_subject(ada)
    assert sorted(pointed.values_list("user_id", flat=True)) == ["bob", "eve"]
    assert not AuditEntry.objects.filter(user_id="ada").exists()
    assert "audit_chain_broken" in alerts(heard)
    assert len(criticals(caplog)) == 1
    seal()
    assert verify().status == 1


def test_a_user_who_is_pointed_away_is_found(api):
    Users(api).create("ada")
    seal()
    AuditEntry.objects.filter(user_id="ada").update(subject=None)
    assert "personal_part_changed" in verify().said


def test_an_erasure_records_how_many_entries_it_emptied(api):
    users = Users(api)
    users.create("ada")
    seal()
    users.erase("ada")
    row = AuditEntry.objects.get(action="user.erased")
    assert json.loads(row.facts) == {"audit_entries": 1}


def test_an_erasure_takes_the_callers_request_id_along(api):
    api.http.post(
        "/api/clients/users/", {"user_id": "ada"}, format="json", HTTP_X_REQUEST_ID="call-of-ada"
    )
    seal()
    assert AuditEntry.objects.filter(request_id="call-of-ada").exists()
    Users(api).erase("ada")
    assert not AuditEntry.objects.filter(request_id="call-of-ada").exists()
    seal()
    assert verify().status == 0


# The register of chains ------------------------------------------------------------------


def vanish(client) -> None:
    own(client).delete()
    AuditChain.objects.filter(client=client).delete()


def test_a_chain_that_vanished_with_its_entries_is_named(api, chain):
    name = f"client:{api.client.pk}"
    vanish(api.client)
    verdict = verify()
    assert verdict.status == 1
    assert f"{name}: broken at its head: chain_missing" in verdict.said


def test_a_chain_is_not_begun_again(api, chain, heard, caplog):
    vanish(api.client)
    write(api.client, 1)
    seal()
    assert not AuditChain.objects.filter(client=api.client).exists()
    assert own(api.client).filter(sequence=None).exists()
    assert len(criticals(caplog)) == 1
    assert verify().status == 1


def test_a_vanished_operators_chain_is_not_begun_again(api, chain):
    AuditEntry.objects.filter(client=None).delete()
    AuditChain.objects.filter(client=None).delete()
    write(api.client, 1)
    seal()
    assert not AuditChain.objects.filter(client=None).exists()
    verdict = verify()
    assert verdict.status == 1
    assert "operator: broken at its head: chain_missing" in verdict.said


def test_the_heads_of_all_chains_are_registered_daily(api, chain):
    assert register.note_heads(limit=9) == 1
    assert register.note_heads(limit=9) == 0
    seal()
    noted = json.loads(AuditEntry.objects.get(action="audit.heads_noted").facts)["heads"]
    assert noted[f"client:{api.client.pk}"] == f"8:{chain[-1].hash}"
    assert verify().status == 0


def test_an_older_head_is_found_by_the_register(api, chain):
    head = AuditChain.objects.get(client=api.client)
    write(api.client, 3)
    seal()
    register.note_heads(limit=9)
    seal()
    own(api.client).filter(sequence__gt=head.sequence).delete()
    head.save()
    verdict = verify()
    assert verdict.status == 1
    assert f"{head.name}: broken at number 11: not_as_expected" in verdict.said


def test_a_chain_whose_beginning_is_pruned_is_not_begun_again(api, chain):
    """The heads of its shelf name it."""
    register.note_heads(limit=9)
    AuditEntry.objects.filter(action="audit.chain_begun").delete()
    vanish(api.client)
    write(api.client, 1)
    seal()
    assert not AuditChain.objects.filter(client=api.client).exists()


def test_a_new_chain_reads_what_may_name_it_alone(api, chain, monkeypatch):
    """However long the register is: what is read is checked, and there is nothing to check."""
    for number in range(1_000_000, 1_002_000, 50):
        AuditChain.objects.create(name=f"client:{number}", hash="", mac="", key_id="")
    with connection.constraint_checks_disabled():
        for made in AuditChain.objects.filter(hash=""):
            AuditChain.objects.filter(pk=made.pk).update(client=int(made.name.partition(":")[2]))
        assert register.note_heads(limit=9) == 41
        checked = []
        monkeypatch.setattr(
            register.Walk, "check_content", lambda _, record, place: checked.append(record)
        )
        assert not register._is_known(999_999)
        assert len(checked) == 0
        assert register._is_known(1_001_950)
        assert [record["object_id"] for record in checked] == ["shelf:20039"]
        AuditChain.objects.filter(hash="").delete()


def test_a_deleted_client_is_no_missing_chain(api, other, chain):
    seal()
    register.note_heads(limit=9)
    name = f"client:{other.client.pk}"
    other.client.delete()
    assert AuditEntry.objects.get(action="audit.chain_ended").object_id == name
    seal()
    assert verify().status == 0


def test_entries_of_no_client_are_found(api, chain):
    with connection.constraint_checks_disabled():
        AuditEntry.objects.filter(pk=chain[-1].pk).update(client=999_999)
        verdict = verify()
        AuditEntry.objects.filter(pk=chain[-1].pk).update(client=api.client)
    assert verdict.status == 1
