"""Dumped, and restored into an empty server: users still match, with the template keys only."""

import subprocess

import pytest

from tests.chaos.conftest import deployed
from tests.chaos.seen import picture, require_enrolled, require_match, shown
from tests.deployment import PASSWORD, ROOT, USER, Answer, Caller, Database, Deployment

pytestmark = pytest.mark.chaos

_KEYS = ("SECRET_KEY", "FACEPLATFORM_TEMPLATE_KEYS")


def run(command: str, server: Database, given: bytes = b"") -> bytes:
    """Run a documented command on our server, with the product's own account."""
    name, *arguments = command.split()
    where = [
        "--host=127.0.0.1",
        f"--port={server.port}",
        f"--user={USER}",
        f"--password={PASSWORD}",
    ]
    done = subprocess.run(
        [name, "--no-defaults", *where, *arguments], input=given, capture_output=True, check=True
    )
    return done.stdout


def authentication(deployment: Deployment, key: dict[str, str]) -> tuple[Caller, Answer]:
    caller = deployment.caller(key)
    return caller, caller.frame(caller.authentication("obama"), picture("obama2"))


@pytest.fixture
def restored(tmp_path):
    """A second, empty server."""
    server = Database(tmp_path, "second")
    try:
        server.start()
        yield server
    finally:
        server.kill()


def test_restored_into_an_empty_server(tmp_path, restored, told):
    documented = (ROOT / "docs" / "operations.md").read_text()
    make = restored.make
    assert make.dump in documented
    assert make.restore in documented

    with deployed(tmp_path / "first") as first:
        key = first.create_client("acme")
        caller = first.caller(key)
        require_enrolled(
            caller.frame(caller.enrollment("obama", target_samples=1), picture("obama"))
        )
        dump = run(make.dump, first.database)
    keys = {name: first.environment[name] for name in _KEYS}

    run(make.restore, restored, dump)
    with deployed(tmp_path / "second-home", database=restored, **keys) as second:
        caller, answer = authentication(second, key)
        assert answer.json()["result"] == "success", answer
        require_match(caller, "obama", picture("obama3"))

    others = {"SECRET_KEY": keys["SECRET_KEY"]}
    with deployed(tmp_path / "third-home", database=restored, **others) as third:
        _, unreadable = authentication(third, key)
        assert unreadable.body.get("result") != "success", unreadable
        assert unreadable.status in {409, 503}, unreadable
    told(
        "the whole database server; restored from a dump",
        f"{shown(answer)}; without the template keys {shown(unreadable)}",
    )
