"""Dumped, and restored into an empty server: users still match, with the template keys only."""

import pytest

from tests.chaos.conftest import deployed
from tests.chaos.seen import picture, require_enrolled, require_match, shown
from tests.deployment import ROOT, Answer, Caller, Database, Deployment

pytestmark = pytest.mark.chaos

_KEYS = ("SECRET_KEY", "FACEPLATFORM_TEMPLATE_KEYS")


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
        dump = first.database.pipe(make.dump)
    keys = {name: first.environment[name] for name in _KEYS}

    restored.pipe(make.restore, dump)
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
