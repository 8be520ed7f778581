"""A production deployment to break, and one printed line for each failure: `make chaos`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.engines import FOLDER, Hold
from tests.deployment import Caller, Deployment, Key

FRAME_SECONDS = 10


@contextmanager
def deployed(folder: Path, **given: Any) -> Iterator[Deployment]:
    """A deployment with one worker, whose frames a test can hold in hand."""
    variables: dict[str, Any] = {
        "FACEPLATFORM_FRAME_SECONDS": str(FRAME_SECONDS),
        "FACEPLATFORM_WORKER_ENGINE": "tests.chaos.engines.Held",
        "FACEPLATFORM_DATABASE_SECONDS": "6",
        FOLDER: str(folder),
        "housekeeping": False,
    }
    with Deployment(folder, **(variables | given)) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def deployment(tmp_path_factory) -> Iterator[Deployment]:
    """A deployment shared by a module: each test leaves it working, which shows recovery."""
    with deployed(tmp_path_factory.mktemp("deployment")) as deployment:
        yield deployment


@pytest.fixture
def hold(deployment: Deployment) -> Iterator[Hold]:
    hold = Hold(deployment.folder)
    yield hold
    hold.release()


@pytest.fixture
def key(deployment: Deployment, request: pytest.FixtureRequest) -> Key:
    return deployment.create_client(request.node.name, duplicate_face="allow")


@pytest.fixture
def caller(deployment: Deployment, key: Key) -> Caller:
    """The test's own client; several of its users may have one face."""
    return deployment.caller(key)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[str, str], None]:
    """A function that prints the failure and the client's view, once nothing was found lost."""

    def tell(killed: str, saw: str, lost: str = "nothing") -> None:
        with capsys.disabled():
            line = f"killed: {killed} | client saw: {saw} | lost: {lost}"
            print(f"\n  {line}", end=" ")  # noqa: T201

    return tell
