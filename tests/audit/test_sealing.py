"""Sealing beside writers, retention, and the erasure of a user: the chain stays whole."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from audit import heads, register, retention, sealing
from audit.models import AuditChain, AuditCheckpoint, AuditEntry
from audit.tasks import seal_audit
from faceplatform import housekeeping
from faceplatform.celery import app
from tests.audit.chains import entries, head_of, seal, verify, write
from tests.clients.users import Users

_WRITERS, _EACH = 8, 10


@pytest.mark.django_db(transaction=True)
def test_eight_writers_and_two_sealers_at_once(api, other):
    barrier = Barrier(_WRITERS + 2, timeout=60)
    clients = [api.client, other.client]

    def run(number: int) -> None:
        barrier.wait()
        try:
            for _ in range(_EACH):
                if number < _WRITERS:
                    write(clients[number % 2], 1)
                else:
                    sealing.seal(limit=3)
        finally:
            connection.close()

    with ThreadPoolExecutor(_WRITERS + 2) as pool:
        list(pool.map(run, range(_WRITERS + 2)))
    seal()
    assert verify().status == 0
    for client in clients:
        sequence = [entry.sequence for entry in entries(client)]
        # One more: the credential that was issued.
        assert sequence == list(range(1, _WRITERS * _EACH // 2 + 2))


@pytest.mark.django_db
def test_housekeeping_seals(api):
    write(api.client, 3)
    # With the operator's, which records that the chain was begun.
    assert "5 audit entries sealed" in housekeeping.clean_up()
    assert AuditChain.objects.get(client=api.client).sequence == 4


@pytest.mark.django_db
def test_beat_seals_every_few_seconds(api, monkeypatch):
    monkeypatch.setattr(sealing, "_AT_ONCE", 2)
    write(api.client, 4)
    seal_audit()
    assert AuditChain.objects.get(client=api.client).sequence == 5
    entry = app.conf.beat_schedule["seal-audit"]
    assert (entry["task"], entry["schedule"]) == (seal_audit.name, sealing.EVERY_SECONDS)


@pytest.mark.django_db
def test_a_sealer_that_comes_second_writes_nothing(api, monkeypatch):
    """Another one seals the same entries while it hashes them."""
    write(api.client, 3)
    sign = heads.sign

    def meanwhile(chain):
        monkeypatch.setattr(heads, "sign", sign)
        assert seal() == 4
        sign(chain)

    register.begin(api.client.pk)
    assert sealing.seal(limit=1) == 1  # the operator's
    monkeypatch.setattr(heads, "sign", meanwhile)
    assert seal() == 0
    assert [entry.sequence for entry in entries(api.client)] == [1, 2, 3, 4]
    assert verify().status == 0


@pytest.mark.django_db
def test_pieces_continue_the_chain(api, other):
    write(api.client, 5)
    write(other.client, 5)
    assert [sealing.seal(limit=5) for _ in range(4)] == [5, 5, 4, 0]
    assert verify().status == 0


@pytest.mark.django_db
def test_a_chain_in_the_hands_of_a_killed_sealer(api, monkeypatch):
    """Nothing of it is written: the next sealer does it again."""
    write(api.client, 3)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(AuditChain, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            seal()
    assert AuditEntry.objects.filter(client=api.client, sequence=None).count() == 4
    assert seal() == 4
    assert verify().status == 0


@pytest.mark.django_db
def test_the_log_has_the_head_once_a_day(api, caplog, django_capture_on_commit_callbacks):
    with caplog.at_level(logging.INFO), django_capture_on_commit_callbacks(execute=True):
        seal()
        write(api.client, 1)
        seal()
    lines = [record.getMessage() for record in caplog.records if "client:" in record.getMessage()]
    first = entries(api.client)[0]
    assert lines == [f"Audit chain client:{api.client.pk}:1:{first.hash}"]


# Retention -------------------------------------------------------------------------------


def long_ago() -> datetime:
    return timezone.now() - timedelta(days=800)


@pytest.fixture
def aged(api):
    """Return a client whose chain has six old entries and three new ones."""
    AuditEntry.objects.all().delete()
    write(api.client, 6, at=long_ago())
    write(api.client, 3)
    seal()
    return api.client


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [4, 500])
def test_retention_leaves_a_checkpoint_and_a_provable_chain(aged, limit, tmp_path):
    kept = entries(aged)[6:]
    noted = head_of(aged)
    while retention.remove_old_entries(limit=limit):
        seal()
        assert verify().status == 0
    checkpoint = AuditCheckpoint.objects.get()
    assert checkpoint.sequence == 6
    left = entries(aged)
    assert left[:3] == kept
    assert {entry.action for entry in left[3:]} == {"audit.pruned"}
    assert json.loads(left[-1].facts)["hash"] == checkpoint.hash
    seal()
    path = str(tmp_path / "audit.jsonl")
    assert verify("--expect", noted, "--export", path).status == 0
    assert verify("--file", path).status == 0


@pytest.mark.django_db
def test_a_checkpoint_that_was_moved_is_found(aged):
    retention.remove_old_entries(limit=500)
    seal()
    moved = entries(aged)[0]
    AuditCheckpoint.objects.update(sequence=moved.sequence, hash=moved.hash)
    moved.delete()
    verdict = verify()
    assert verdict.status == 1
    assert "the checkpoint (number 7): changed" in verdict.said


@pytest.mark.django_db
def test_nothing_young_and_nothing_unsealed_is_deleted(api):
    write(api.client, 2, at=long_ago())
    assert retention.remove_old_entries(limit=500) == 0
    seal()  # behind the entry of today
    assert retention.remove_old_entries(limit=500) == 0


@pytest.mark.django_db
def test_a_deletion_during_the_proof_begins_it_again(aged, monkeypatch):
    from audit import stored

    real, done = stored.entries_of, []

    def meanwhile(chain, *, after):
        if not done:
            done.append(retention.remove_old_entries(limit=500))
        return real(chain, after=after)

    monkeypatch.setattr(stored, "entries_of", meanwhile)
    assert verify().status == 0
    assert done == [6]


# Erasure ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_erased_users_entries_stay_provable_and_say_nothing(api, tmp_path):
    users = Users(api)
    users.create("ada", display_name="Ada")
    users.create("bob")
    users.change("ada", display_name="Ada Lovelace")
    seal()
    assert users.erase("ada").status_code == 200
    seal()
    path = tmp_path / "audit.jsonl"
    verdict = verify("--export", str(path))
    assert verdict.status == 0
    assert "5 entries whole, 2 of them erased" in verdict.said
    assert '"ada' not in path.read_text()
    assert "Ada" not in path.read_text()
    assert "bob" in path.read_text()
    assert verify("--file", str(path)).status == 0
    listed = api.http.get("/api/core/audit-logs/").json()["results"]
    gone = [row for row in listed if row["is_erased"]]
    assert [(row["action"], row["user_id"], row["address"], row["changes"]) for row in gone] == [
        ("user.updated", None, "", {}),
        ("user.created", None, "", {}),
    ]


@pytest.mark.django_db
def test_an_erasure_that_nobody_asked_for_lacks_the_key(api):
    Users(api).create("ada")
    seal()
    AuditEntry.objects.filter(user_id="ada").update(
        subject=None,
        request_id="",
        user_id="",
        address="",
        salt="",
        changes="{}",
        erasure_mac=64 * "0",
    )
    verdict = verify()
    assert verdict.status == 1
    assert "erasure_forged" in verdict.said
