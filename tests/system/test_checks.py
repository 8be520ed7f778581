"""System checks: mistakes in the settings are found at start, each with its id."""

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from faceplatform.engine import registry
from faceplatform.engine.catalogue import weights
from tests.stage import old_calibration


def ids() -> set[str | None]:
    return {message.id for message in run_checks()}


def test_the_settings_of_the_tests_have_none(stage, settings, tmp_path):
    settings.DATA_DIR = tmp_path  # in that of the tests their database server writes, too
    tmp_path.chmod(0o700)
    assert not {name for name in ids() if str(name).startswith("faceplatform.")}


@pytest.mark.parametrize("keys", [[], ["broken"], ["one:QUJD"]])
def test_template_keys(stage, settings, keys):
    settings.FACEPLATFORM_TEMPLATE_KEYS = keys
    assert "faceplatform.E001" in ids()


@pytest.mark.parametrize("keys", [[], ["broken"], ["one:QUJD"]])
def test_result_keys(stage, settings, keys):
    settings.FACEPLATFORM_RESULT_KEYS = keys
    assert "faceplatform.E007" in ids()


def test_a_model_without_calibration(stage, settings, tmp_path):
    settings.FACEPLATFORM_CALIBRATION_DIR = tmp_path
    assert "faceplatform.E002" in ids()


def test_a_calibration_whose_promise_has_gaps(stage, settings, tmp_path):
    assert "faceplatform.W006" not in ids()
    settings.FACEPLATFORM_CALIBRATION_DIR = old_calibration(tmp_path)
    (message,) = [message for message in run_checks() if message.id == "faceplatform.W006"]
    assert "everybody against everybody" in message.msg
    assert "one look" in message.msg
    assert "aligned chips" in message.msg
    assert "evaluate --people" in message.hint


def test_no_engine(settings):
    registry.set_engine(None)
    settings.FACEPLATFORM_ENGINE = "nothing"
    assert "faceplatform.E002" in ids()


@pytest.mark.parametrize(("length", "found"), [(31, True), (32, False)])
def test_a_short_secret_key(stage, settings, length, found):
    settings.SECRET_KEY = "k" * length
    assert ("faceplatform.E003" in ids()) is found


@pytest.mark.parametrize(
    "variable",
    ["PORT", "FACEPLATFORM_WEB_WORKERS", "FACEPLATFORM_WEB_THREADS", "FACEPLATFORM_BODY_SECONDS"],
)
def test_the_web_servers_variables(stage, monkeypatch, variable):
    monkeypatch.setenv(variable, "many")
    (message,) = [message for message in run_checks() if message.id == "faceplatform.E006"]
    assert message.msg.startswith(f"{variable} must be")


def test_all_of_the_web_servers_mistakes_are_found_at_once(stage, monkeypatch):
    for variable in ("PORT", "FACEPLATFORM_WEB_WORKERS"):
        monkeypatch.setenv(variable, "0.5")
    found = [message.msg for message in run_checks() if message.id == "faceplatform.E006"]
    assert len(found) == 2


def test_each_old_name_is_warned_of(stage, monkeypatch):
    monkeypatch.setenv("WEB_WORKERS", "2")
    monkeypatch.setenv("TRACING", "off")
    found = [message.msg for message in run_checks() if message.id == "faceplatform.W002"]
    assert len(found) == 2
    assert "WEB_WORKERS is now called FACEPLATFORM_WEB_WORKERS" in found[1]


@pytest.mark.parametrize(
    ("unknown", "meant"),
    [
        ("FACEPLATFORM_QUEUE_SECOND", "FACEPLATFORM_QUEUE_SECONDS"),
        ("FACEPLATFORM_WEB_WORKER", "FACEPLATFORM_WEB_WORKERS"),
        ("FACEPLATFORM_THROTTLE_CALLERS", "FACEPLATFORM_THROTTLE_CALLER"),
        ("FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORK", "FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS"),
    ],
)
def test_an_unknown_name_is_warned_of(stage, monkeypatch, unknown, meant):
    monkeypatch.setenv(unknown, "4")
    (message,) = [message for message in run_checks() if message.id == "faceplatform.W003"]
    assert unknown in message.msg
    assert message.msg.endswith(f"did you mean {meant}?")


def test_no_name_is_suggested_for_one_that_is_like_none(stage, monkeypatch):
    monkeypatch.setenv("FACEPLATFORM_XYZZY", "4")
    (message,) = [message for message in run_checks() if message.id == "faceplatform.W003"]
    assert message.msg.endswith("FACEPLATFORM_XYZZY is unknown and has no effect")


@pytest.mark.parametrize("name", ["TEST_MYSQL", "SHARED_DIR", "REQUIRE_SHARED"])
def test_names_of_the_tests_are_known(stage, monkeypatch, name):
    monkeypatch.setenv(f"FACEPLATFORM_{name}", "x")
    assert "faceplatform.W003" not in ids()


def deployment(check: str) -> list[str]:
    return [m.msg for m in run_checks(include_deployment_checks=True) if m.id == check]


@pytest.mark.parametrize("engine", ["local", "remote"])
def test_missing_weights(settings, tmp_path, monkeypatch, engine):
    """Those of packages are installed with them; passive liveness is optional."""
    settings.FACEPLATFORM_ENGINE = engine
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    registry.set_engine(None)
    (message,) = deployment("faceplatform.W004")
    assert message == f"Weights are missing in {tmp_path}: blazeface_far, dlib"
    assert "faceplatform.W004" not in ids()
    monkeypatch.setattr(weights, "is_installed", lambda name: name not in weights.LIVENESS)
    assert deployment("faceplatform.W004") == []


def test_an_engine_with_models_of_its_own_needs_no_weights(stage, settings, tmp_path):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    assert deployment("faceplatform.W004") == []


def test_missing_static_files(stage, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    (message,) = deployment("faceplatform.W005")
    assert message.startswith(f"Static files are missing in {tmp_path / 'static'}, such as ")
    assert "faceplatform.W005" not in ids()
    call_command("collectstatic", interactive=False, verbosity=0)
    assert deployment("faceplatform.W005") == []
