"""A chain broken by hand is found broken, in the database and in an export."""

import json
import os
import subprocess
import sys

import pytest
from django.db.models import F

from audit import chaining, keys
from audit.management.commands import verify_audit
from audit.models import AuditChain, AuditEntry, chain_name
from tests.audit.chains import entries, head_of, seal, verify, write
from tests.photographs import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(api):
    """Return the entries of a sealed chain of eight: the first records the credential."""
    write(api.client, 7)
    seal()
    return entries(api.client)


def place(entry: AuditEntry) -> str:
    return f"entry {entry.public_id} (number {entry.sequence})"


def test_a_whole_chain_is_proved(api, chain):
    verdict = verify()
    assert verdict.status == 0
    head = AuditChain.objects.get(name=chain_name(api.client.pk))
    assert f"{head.name}:8:{head.hash}  8 entries whole, 0 of them erased" in verdict.said
    assert [entry.sequence for entry in chain] == list(range(1, 9))


@pytest.mark.parametrize(
    ("column", "value", "cause"),
    [
        ("facts", '{"position":99}', "changed"),
        ("action", "user.erased", "changed"),
        ("actor_id", "mallory", "changed"),
        ("request_id", "another", "personal_part_changed"),
        ("user_id", "mallory", "personal_part_changed"),
        ("address", "192.0.2.1", "personal_part_changed"),
        ("changes", '{"after":1}', "personal_part_changed"),
        ("salt", "00", "personal_part_changed"),
        ("commitment", "0" * 64, "personal_part_changed"),
        ("mac", "0" * 64, "changed"),
        ("hash", "0" * 64, "hash_wrong"),
        ("erasure_mac", "0" * 64, "changed_after_erasure"),
    ],
)
def test_a_changed_row(chain, column, value, cause):
    AuditEntry.objects.filter(pk=chain[3].pk).update(**{column: value})
    verdict = verify()
    assert verdict.status == 1
    assert f"broken at {place(chain[3])}: {cause}" in verdict.said


def test_a_deleted_row(chain):
    chain[3].delete()
    verdict = verify()
    assert verdict.status == 1
    assert f"number 4, before {place(chain[4])}: number_missing_or_repeated" in verdict.said


def inserted(after: AuditEntry) -> AuditEntry:
    """Insert a copy of a row behind it, and make room for its number."""
    later = AuditEntry.objects.filter(client=after.client_id, sequence__gt=after.sequence)
    for row in later.order_by("-sequence"):
        AuditEntry.objects.filter(pk=row.pk).update(sequence=F("sequence") + 1)
    copy = AuditEntry.objects.get(pk=after.pk)
    copy.pk, copy.sequence = None, (after.sequence or 0) + 1
    copy.public_id = "6f1c1f0e-54d4-4b1e-8a55-0d5a3c8d7b11"
    copy.save(force_insert=True)
    return copy


def test_an_inserted_row(chain):
    copy = inserted(chain[3])
    verdict = verify()
    assert verdict.status == 1
    assert f"broken at {place(copy)}: changed" in verdict.said


def test_two_rows_in_the_other_order(chain):
    one, other = chain[3], chain[4]
    AuditEntry.objects.filter(pk=one.pk).update(sequence=None)
    AuditEntry.objects.filter(pk=other.pk).update(sequence=one.sequence)
    AuditEntry.objects.filter(pk=one.pk).update(sequence=other.sequence)
    verdict = verify()
    assert verdict.status == 1
    assert f"entry {other.public_id} (number 4): hash_wrong" in verdict.said


def test_a_chain_that_lacks_its_end(chain):
    chain[-1].delete()
    verdict = verify()
    assert verdict.status == 1
    assert "broken at number 8: truncated" in verdict.said


def forge(client, *, first: int) -> None:
    """Recompute the hashes from a number on, and the head: as one who has read this code does."""
    rows = entries(client)
    previous = rows[first - 2].hash
    for number, row in enumerate(rows[first - 1 :], first):
        row.sequence, row.hash = number, chaining.link(row.record(), previous, number)
        previous = row.hash
        row.save(update_fields=["sequence", "hash"])
    AuditChain.objects.filter(client=client).update(sequence=len(rows), hash=previous)


def test_whoever_recomputes_the_chain_lacks_the_key(api, chain):
    """Without a head that was noted elsewhere, only the keyed hashes show it."""
    AuditEntry.objects.filter(pk=chain[3].pk).update(facts="{}")
    forge(api.client, first=4)
    assert verify("--without-keys").status == 0
    assert f"broken at {place(chain[3])}: changed" in verify().said


def test_a_truncated_chain_with_another_head_lacks_the_key(api, chain):
    chain[-1].delete()
    forge(api.client, first=7)
    assert verify("--without-keys").status == 0
    assert "broken at the head (number 7): changed" in verify().said


def test_an_older_head_with_its_keyed_hash_is_found_by_a_head_noted_since(api):
    """An old copy of the head's row, put back, cuts the chain: the limit of the keys."""
    seal()
    head = AuditChain.objects.get(client=api.client)
    write(api.client, 3)
    seal()
    noted = head_of(api.client)
    assert verify("--expect", noted).status == 0
    AuditEntry.objects.filter(client=api.client, sequence__gt=head.sequence).delete()
    head.save()
    assert verify().status == 0
    verdict = verify("--expect", noted)
    assert verdict.status == 1
    assert "not_as_expected" in verdict.said


def test_a_deleted_chain_is_found_by_its_head(api, chain):
    noted = head_of(api.client)
    AuditEntry.objects.filter(client=api.client).delete()
    AuditChain.objects.filter(client=api.client).delete()
    assert verify("--expect", noted).status == 1


def test_rows_without_their_chains_row_are_found(api, chain):
    AuditChain.objects.filter(client=api.client).delete()
    verdict = verify()
    assert verdict.status == 1
    assert "broken at its head: chain_missing" in verdict.said


def test_the_rows_of_one_chain_fit_in_no_other(api, other, chain):
    write(other.client, 7)
    seal()
    theirs = entries(other.client)[3]
    chain[3].delete()
    AuditEntry.objects.filter(pk=theirs.pk).delete()
    theirs.client, theirs.pk = api.client, None
    theirs.save(force_insert=True)
    assert verify().status == 1


def test_unsealed_rows_are_counted_and_checked(api, chain):
    write(api.client, 2)
    verdict = verify()
    assert verdict.status == 0
    assert "; 2 unsealed, the oldest for 0 s" in verdict.said
    newest = AuditEntry.objects.latest("pk")
    AuditEntry.objects.filter(pk=newest.pk).update(facts="{}")
    verdict = verify()
    assert verdict.status == 1
    assert f"unsealed entry {newest.public_id}: changed" in verdict.said


def test_a_row_of_an_unknown_key_is_broken(chain, settings):
    key_id, _ = keys.current()
    settings.FACEPLATFORM_AUDIT_KEYS = [f"new:{'A' * 43}="]
    verdict = verify()
    assert verdict.status == 1
    assert f"key_unknown {key_id}" in verdict.said
    assert verify("--without-keys").status == 0


def test_a_key_is_replaced_while_the_old_one_is_kept(api, chain, settings):
    settings.FACEPLATFORM_AUDIT_KEYS = [f"new:{'A' * 43}=", *settings.FACEPLATFORM_AUDIT_KEYS]
    write(api.client, 1)
    seal()
    assert verify().status == 0
    assert entries(api.client)[-1].key_id == "new"


# Exports ---------------------------------------------------------------------------------


@pytest.fixture
def exported(chain, tmp_path):
    path = tmp_path / "audit.jsonl"
    assert verify("--export", str(path)).status == 0
    return path


def rewritten(path, change) -> None:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    change(rows)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def test_an_export_is_proved_without_the_database(exported):
    """By a process whose database has no tables."""
    command = ["manage.py", "verify_audit", "--without-keys", "--file", str(exported)]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "faceplatform.settings.test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "8 entries whole" in done.stdout


BREAKS = {
    "changed": lambda rows: rows[5].update(facts={"position": 99}),
    "deleted": lambda rows: rows.pop(5),
    "inserted": lambda rows: rows.insert(5, rows[5] | {"id": "new"}),
    "reordered": lambda rows: rows.insert(5, rows.pop(6)),
    "truncated": lambda rows: rows.pop(-3),
    "without its end": lambda rows: rows.pop(-1),
    "no row": lambda rows: rows.insert(5, 4711),
    "a row without members": lambda rows: rows.insert(5, {"is": "entry"}),
    "a head of another type": lambda rows: rows[-2].update(hash=4711),
}


@pytest.mark.parametrize("arguments", [(), ("--without-keys",)], ids=["keys", "no keys"])
@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_export_is_found(exported, name, arguments):
    assert verify("--file", str(exported), *arguments).status == 0
    rewritten(exported, BREAKS[name])
    verdict = verify("--file", str(exported), *arguments)
    assert verdict.status == 1
    assert "broken at" in verdict.said


def test_a_file_that_is_no_export(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"\xff\xfe{}")
    assert verify("--file", str(path)).status == 1
    path.write_text("")
    assert verify("--file", str(path)).status == 1
    assert verify("--file", str(tmp_path / "missing")).status == 2


@pytest.mark.parametrize(("number", "words"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries")])
def test_a_number_of_entries_in_words(number, words):
    assert verify_audit.counted(number) == words
