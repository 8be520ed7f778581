"""The audit log as a client takes it along: parts of its own chain, and signed heads."""

import json
from pathlib import Path

import jwt
import pytest

from audit import alarms, chaining, parts
from audit.actions import Action, ActorType
from audit.models import AuditChain, AuditEntry
from audit.recording import Act, Actor, record
from clients.models import Client
from faceplatform.api import exports
from tests.audit.chains import head_of, seal, verify, write
from tests.audit.test_exports import lines_of
from tests.clients.keys import with_key
from tests.clients.users import Users
from tests.stage import problem

pytestmark = pytest.mark.django_db
LOGS = "/api/core/audit-logs/"


@pytest.fixture(autouse=True)
def _not_logged_yet():
    alarms.forget()


@pytest.fixture
def log(api):
    """A chain of eight, the last by the operator's staff."""
    write(api.client, 6)
    staff = Actor(ActorType.STAFF, "root@example.com")
    record(Act(action=Action.ADMIN_VIEWED, client_pk=api.client.pk, actor=staff))
    seal()
    return api


def export(api, path: Path, **asked) -> Path:
    """Write what the API answers to a file; return its path."""
    answer = api.http.get(f"{LOGS}export/", asked)
    assert answer.status_code == 200, answer.content
    path.write_bytes(b"".join(answer.streaming_content))
    return path


def sequences(path: Path) -> list[int]:
    rows = [json.loads(line) for line in lines_of(path)]
    return [row["sequence"] for row in rows if row["is"] == "entry"]


@pytest.mark.parametrize("keys", [(), ("--without-keys",)], ids=["keys", "no keys"])
def test_the_file_is_the_clients_chain_and_is_checked_without_the_database(
    log, other, tmp_path, keys
):
    path, head = export(log, tmp_path / "audit.jsonl"), head_of(log.client)
    AuditEntry.objects.all().delete()
    verdict = verify("--file", str(path), "--expect", head, *keys)
    assert verdict.status == 0
    assert verdict.said.startswith(f"{head}  8 entries whole, 0 of them erased\n")
    assert f"client:{other.client.pk}" not in path.read_text()
    assert "root@example.com" not in path.read_text()


def test_a_withheld_name_hides_nothing_else(log, tmp_path):
    path = export(log, tmp_path / "audit.jsonl")
    path.write_text(path.read_text().replace('"admin.viewed"', '"admin.listed"'))
    assert "(number 8): hash_wrong" in verify("--file", str(path)).said


def test_a_name_of_staff_is_in_the_keyed_hash(log):
    AuditEntry.objects.filter(actor_type="staff").update(actor_id="nobody@example.com")
    assert "(number 8): changed" in verify("--chain", log.client.name).said


def test_parts_follow_each_other(log, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "MOST_ENTRIES", 3)
    third = AuditEntry.objects.get(client=log.client, sequence=3)
    noted, after, found = f"client:{log.client.pk}:3:{third.hash}", 0, []
    for status in (0, 0, 3):  # the third entry is below the last part
        path = export(log, tmp_path / f"{after}.jsonl", after=after)
        verdict = verify("--file", str(path), "--expect", noted)
        assert verdict.status == status
        assert "a part of the chain" in verify("--file", str(path)).said
        found += sequences(path)
        after = json.loads(lines_of(path)[-2])["sequence"]
    assert found == list(range(1, 9))
    assert json.loads(lines_of(path)[-2])["is"] == "head"
    path = export(log, tmp_path / "nothing.jsonl", after=8)
    assert sequences(path) == []
    assert verify("--file", str(path), "--expect", head_of(log.client)).status == 0


def test_the_end_of_a_part_is_no_head(log, tmp_path, monkeypatch):
    """Whoever may write to the database cannot cut the chain there."""
    monkeypatch.setattr(parts, "MOST_ENTRIES", 3)
    end = json.loads(lines_of(export(log, tmp_path / "audit.jsonl"))[-2])
    AuditEntry.objects.filter(client=log.client, sequence__gt=3).delete()
    kept = {name: end[name] for name in ("sequence", "hash", "mac", "key_id")}
    AuditChain.objects.filter(client=log.client).update(**kept)
    assert "the head (number 3): changed" in verify().said


@pytest.mark.parametrize(
    ("after", "status", "code"),
    [
        ("-1", 400, "validation_failed"),
        ("x", 400, "validation_failed"),
        ("9223372036854775808", 400, "validation_failed"),
        ("9223372036854775807", 404, "audit_part_not_found"),
        ("9", 404, "audit_part_not_found"),
    ],
)
def test_numbers_that_it_has_not(log, after, status, code):
    problem(log.http.get(f"{LOGS}export/", {"after": after}), status, code)


def test_a_caller_may_accept_its_type_only(log):
    answer = log.http.get(f"{LOGS}export/", HTTP_ACCEPT="application/octet-stream")
    assert answer.status_code == 200


@pytest.mark.parametrize("page", ["export/", "head/"])
def test_a_chain_without_its_end_is_neither_exported_nor_signed(log, page, heard, caplog):
    rows = AuditEntry.objects.filter(client=log.client)
    rows.filter(sequence=8).delete()
    problem(log.http.get(f"{LOGS}{page}"), 409, "audit_chain_broken")
    assert "The audit log was changed by hand" in caplog.text


def test_a_change_in_the_middle_is_found_while_it_is_exported(log, caplog):
    AuditEntry.objects.filter(client=log.client, sequence=4).update(facts="{}")
    problem(log.http.get(f"{LOGS}export/"), 409, "audit_chain_broken")
    assert "(number 4)" in caplog.text


def test_a_signed_head(log, other):
    answer = log.http.get(f"{LOGS}head/").json()
    assert f"{answer['chain']}:{answer['sequence']}:{answer['hash']}" == head_of(log.client)
    (key,) = log.http.get("/.well-known/jwks.json").json()["keys"]
    claims = jwt.decode(
        answer["proof"],
        jwt.PyJWK(key),
        algorithms=["EdDSA"],
        audience=str(log.client.public_id),
    )
    assert claims.items() >= {name: answer[name] for name in ("chain", "sequence", "hash")}.items()
    assert jwt.get_unverified_header(answer["proof"])["typ"] == "faceplatform-audit-head+jwt"
    assert other.http.get(f"{LOGS}head/").json()["chain"] == f"client:{other.client.pk}"


def test_a_client_without_an_entry_has_an_empty_chain(api, tmp_path):
    AuditEntry.objects.filter(client=api.client).delete()
    answer = api.http.get(f"{LOGS}head/").json()
    assert answer["hash"] == chaining.genesis(f"client:{api.client.pk}")
    assert sequences(export(api, tmp_path / "audit.jsonl")) == []


def test_an_erased_user_is_not_in_the_file(log, tmp_path):
    users = Users(log)
    users.create("ada-lovelace")
    users.erase("ada-lovelace")
    seal()
    path = export(log, tmp_path / "audit.jsonl")
    assert "ada-lovelace" not in path.read_text()
    assert verify("--file", str(path)).status == 0


@pytest.mark.parametrize("page", ["export/", "head/"])
def test_it_needs_the_scope(log, page):
    problem(with_key(log, "authenticate").http.get(f"{LOGS}{page}"), 403, "scope_missing")


def test_one_at_a_time(log):
    with exports.turns.held(log.client.pk):
        problem(log.http.get(f"{LOGS}export/"), 429, "export_in_progress")
    assert Client.objects.filter(pk=log.client.pk).exists()
