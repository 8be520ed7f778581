"""A bulk import whose housekeeping worker, and then whose measuring worker, are killed."""

from collections.abc import Iterator

import pytest

from tests.chaos.conftest import deployed
from tests.chaos.engines import Hold
from tests.chaos.seen import picture
from tests.deployment import Caller, Deployment, as_form, wait_until
from tests.imports.importing import JOBS, PATH, archive

pytestmark = pytest.mark.chaos

USERS = 6
# The lease of a killed worker, a tick of beat, and the items themselves.
_SECONDS = 120
_ENROLLED = "SELECT subject_id, COUNT(*) FROM enrollment_facetemplate GROUP BY subject_id"
_LEFT = "SELECT COUNT(*) FROM imports_importimage"


@pytest.fixture
def deployment(tmp_path) -> Iterator[Deployment]:
    with deployed(tmp_path, housekeeping=True) as deployment:
        yield deployment


def start(caller: Caller) -> str:
    """Import users who have one face."""
    files = {f"user-{number}.jpg": picture("obama") for number in range(USERS)}
    body, kind = as_form(archive(files), name="file")
    return str(caller.send("POST", PATH, body, {"Content-Type": kind}).json()["id"])


def test_both_workers_killed_in_an_import(deployment, told):
    key = deployment.create_client("acme", duplicate_face="allow")
    caller, hold = deployment.caller(key), Hold(deployment.folder)
    with hold:
        job = start(caller)
        hold.await_frame()
        deployment.housekeeping.kill()
        deployment.workers[0].kill()
    for part in (deployment.housekeeping, deployment.workers[0]):
        part.start()
    assert caller.frame(caller.enrollment(target_samples=1), picture("biden")).status == 200

    def read():
        return caller.send("GET", f"{JOBS}{job}/").json()

    wait_until(lambda: read()["status"] == "completed", _SECONDS, "the import's end")
    assert read()["results"]["enrolled"] == USERS
    assert [count for _, count in deployment.database.run(_ENROLLED)] == [1] * (USERS + 1)
    assert list(deployment.database.run(_LEFT)) == [(0,)]
    told("both workers in an import, -9, started again", f"{USERS} users enrolled, each once")
