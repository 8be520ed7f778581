"""No space left on the models folder, on a file system of its own."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from faceplatform.engine.catalogue.manifest import MANIFEST
from faceplatform.engine.catalogue.weights import DEFAULT
from tests.chaos.conftest import deployed
from tests.chaos.seen import picture, require_enrolled, require_match, shown
from tests.deployment import models_folder
from tests.missing import missing

pytestmark = pytest.mark.chaos

_MEGABYTES = 64


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    folder = tmp_path / "models"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        missing(f"may not mount: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607


def fill(folder: Path) -> Path:
    """Fill the file system to the last byte. Return the file that does it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 65536):
                pass
        except OSError:  # the disk is full, as wanted
            return filler
    raise AssertionError


def test_models_folder_full(tmp_path, small_disk, told):
    for name in DEFAULT:
        file = MANIFEST[name].file
        (small_disk / file).write_bytes((models_folder() / file).read_bytes())
    with deployed(tmp_path / "deployment", FACEPLATFORM_MODELS_DIR=str(small_disk)) as deployment:
        caller = deployment.caller(deployment.create_client("disk"))
        filler = fill(small_disk)
        before = sorted(path.name for path in small_disk.iterdir())
        with pytest.raises(RuntimeError) as failed:
            deployment.manage("models", "prepare", "dlib-fp32")
        said = str(failed.value)
        assert "No space left on device" in said
        assert "Traceback" not in said
        left = sorted(path.name for path in small_disk.iterdir())
        assert [name for name in left if not name.endswith(".lock")] == before

        enrolled = caller.frame(caller.enrollment("obama", target_samples=1), picture("obama"))
        require_enrolled(enrolled)
        (worker,) = deployment.workers
        worker.kill()
        worker.start()
        require_match(caller, "obama", picture("obama2"))

        filler.unlink()
        deployment.manage("models", "prepare", "dlib-fp32")
        assert "dlib-fp32: right" in deployment.manage("models", "verify")
        require_match(caller, "obama", picture("obama3"))
    told(
        "nothing, disk full under `models prepare`",
        f"{said.partition('failed: ')[2].strip()}; frames: {shown(enrolled)}",
    )
