"""The engine of this process: chosen by settings, built once."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from faceplatform.engine.base import Engine
from faceplatform.errors import ConfigurationError
from faceplatform.matching.calibration import Calibration, load_calibration

# Names for the setting FACEPLATFORM_ENGINE; any other value is a dotted path to an Engine.
ENGINES = {
    "local": "faceplatform.engine.local.LocalEngine",
    "remote": "faceplatform.engine.remote.engine.RemoteEngine",
    "one-lane": "faceplatform.engine.local.OneLaneEngine",
    "fake": "faceplatform.engine.testing.FakeEngine",
}


class _Registry:
    def __init__(self) -> None:
        self.lock = Lock()
        self.engine: Engine | None = None


_registry = _Registry()


def get_engine() -> Engine:
    """Return the engine of this process, built on first use. Loads no model.

    Raises:
        faceplatform.errors.ConfigurationError: FACEPLATFORM_ENGINE names no engine.
    """
    with _registry.lock:
        if _registry.engine is None:
            _registry.engine = build("FACEPLATFORM_ENGINE")
        return _registry.engine


class Owner(Protocol):
    """A client, or a session of one."""

    @property
    def is_sandbox(self) -> bool: ...


def engine_of(owner: Owner) -> Engine:
    """Return the engine that measures for a client: that of this process, or the sandbox's.

    Raises:
        faceplatform.errors.ConfigurationError: see `get_engine`.
    """
    return _sandbox() if owner.is_sandbox else get_engine()


def set_engine(engine: Engine | None) -> None:
    """Replace the engine of this process. None has it built from settings on next use."""
    with _registry.lock:
        _registry.engine = engine


@contextmanager
def override(engine: Engine) -> Iterator[Engine]:
    """Use another engine within the block, in every thread of this process. For tests."""
    with _registry.lock:
        before, _registry.engine = _registry.engine, engine
    try:
        yield engine
    finally:
        set_engine(before)


def build(setting: str) -> Engine:
    """Build the engine that a setting names. Loads no model.

    Raises:
        faceplatform.errors.ConfigurationError: the setting names no engine.
    """
    name = getattr(settings, setting)
    try:
        engine_class = import_string(ENGINES.get(name, name))
    except ImportError as error:
        raise ConfigurationError(f"{setting} is not an engine: {name!r}") from error
    if not (isinstance(engine_class, type) and issubclass(engine_class, Engine)):
        raise ConfigurationError(f"{setting} is not an engine class: {name!r}")
    return engine_class()


def get_calibration() -> Calibration:
    """Return the calibration of this process's engine.

    Raises:
        faceplatform.errors.ConfigurationError: there is no calibration for its model.
    """
    return load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, get_engine().model)


def calibration_of(owner: Owner) -> Calibration:
    """Return the calibration of the engine that measures for a client.

    Raises:
        faceplatform.errors.ConfigurationError: see `get_calibration`.
    """
    if not owner.is_sandbox:
        return get_calibration()
    from faceplatform.engine.sandbox import CALIBRATION

    return CALIBRATION


def _sandbox() -> Engine:
    # Only here: its decoders take memory in every process that serves no sandbox.
    from faceplatform.engine.sandbox import SandboxEngine

    return SandboxEngine()
