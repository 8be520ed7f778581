"""System checks of the settings, each with an id."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from faceplatform import collation, crypto, env, private_files, server, signing
from faceplatform.engine.catalogue import choices, weights
from faceplatform.engine.catalogue.manifest import MANIFEST
from faceplatform.engine.configured import ConfiguredEngine
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.errors import ConfigurationError


@register(Tags.security)
def template_keys(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Report missing and unreadable template keys."""
    try:
        crypto.current_key_id()
    except ConfigurationError as e:
        return [Error(e.detail, id="faceplatform.E001")]
    return []


@register(Tags.security)
def result_keys(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Report missing and unreadable keys of signed results."""
    try:
        signing.current_key_id()
    except ConfigurationError as e:
        return [Error(e.detail, id="faceplatform.E007")]
    return []


@register()
def calibration(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Report an engine that does not exist, has no calibration, or one whose promise has gaps."""
    try:
        gaps = get_calibration().promise.gaps
    except ConfigurationError as e:
        return [Error(e.detail, id="faceplatform.E002")]
    if gaps:
        told = f"The calibration promises false match rates for {'; '.join(gaps)}"
        hint = "Measure it again: `manage.py evaluate --people CSV --images DIR --calibrate`"
        return [Warning(told, hint=hint, id="faceplatform.W006")]
    return []


@register()
def detector(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Report a FACEPLATFORM_DETECTOR that does not exist."""
    try:
        choices.detector(settings.FACEPLATFORM_DETECTOR)
    except ConfigurationError as e:
        return [Error(e.detail, id="faceplatform.E004")]
    return []


@register(Tags.security)
def secret_key_length(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Report a SECRET_KEY that is too short to sign tokens with."""
    if len(settings.SECRET_KEY) < 32:
        hint = "Use at least 32 random characters."
        return [Error("SECRET_KEY is too short", hint=hint, id="faceplatform.E003")]
    return []


@register()
def web_server(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Report the web server's variables that cannot be used, each on a line."""
    try:
        server.require_variables()
    except ConfigurationError as e:
        return [Error(fault, id="faceplatform.E006") for fault in e.detail.splitlines()]
    return []


@register()
def old_names(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Warn of each variable that is set by its old name."""
    return [Warning(message, id="faceplatform.W002") for message in env.old_name_warnings()]


@register()
def unknown_names(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Warn of each variable with our prefix that nothing reads."""
    return [Warning(message, id="faceplatform.W003") for message in env.unknown_name_warnings()]


@register(Tags.security)
def private_data(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Warn of files in the data folder that other system users can use.

    Every start removes their rights, so these are the files it could not change: those of another
    owner, or on a read-only file system.
    """
    folder = settings.DATA_DIR
    found = [str(path) for path in islice(private_files.open_to_others(folder), 5)]
    if not found:
        return []
    return [
        Warning(
            f"Other users of this machine can use {', '.join(found)}",
            hint=f"As their owner: chmod -R go= {folder}",
            id="faceplatform.W001",
        )
    ]


@register(deploy=True)
def missing_weights(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Warn of weights that the models in use need, and that are not where this process looks."""
    try:
        if not isinstance(get_engine(), ConfiguredEngine):
            return []  # it has models of its own
        missing = sorted(n for n in choices.required_weights() if not weights.is_installed(n))
    except ConfigurationError:  # E002 and E004 report it
        return []
    if not missing:
        return []
    return [
        Warning(
            f"Weights are missing in {weights.models_dir()}: {', '.join(missing)}",
            hint="; ".join(sorted({weights.remedy(MANIFEST[name]) for name in missing})),
            id="faceplatform.W004",
        )
    ]


@register(Tags.staticfiles, deploy=True)
def missing_static_files(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Warn of static files that are not in the folder that they are served from."""
    folder = Path(settings.STATIC_ROOT)
    names = (name for finder in get_finders() for name, _ in finder.list([]))
    missing = next((name for name in names if not (folder / name).is_file()), None)
    if missing is None:
        return []
    return [
        Warning(
            f"Static files are missing in {folder}, such as {missing}",
            hint="manage.py collectstatic --no-input",
            id="faceplatform.W005",
        )
    ]


@register(Tags.database)
def exact_text(
    app_configs: Any, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Report text that is not compared byte by byte: before `migrate`, and with `--database`."""
    return [
        Error(
            f"The database compares text loosely: {', '.join(found[:5])}",
            hint=collation.HINT,
            id="faceplatform.E005",
        )
        for alias in databases or ()
        if (found := collation.inexact_text(alias))
    ]
