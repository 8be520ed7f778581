"""One engine per process: the one that the settings name."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from faceplatform.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _fresh_registry():
    before = registry._registry.engine
    registry.set_engine(None)
    yield
    registry.set_engine(before)


@pytest.mark.parametrize("name", ["fake", "faceplatform.engine.testing.FakeEngine"])
def test_the_engine_that_the_settings_name(settings, name):
    settings.FACEPLATFORM_ENGINE = name
    assert isinstance(registry.get_engine(), FakeEngine)


def test_it_is_built_once_whoever_asks(settings):
    settings.FACEPLATFORM_ENGINE = "fake"
    with ThreadPoolExecutor(8) as pool:
        engines = set(pool.map(lambda _: registry.get_engine(), range(50)))
    assert len(engines) == 1


@pytest.mark.parametrize(
    "name",
    [
        "",
        "loacl",
        "faceplatform.engine.testing.Nothing",
        "faceplatform.engine.testing.analysis",
        "faceplatform.engine.types.Frame",
    ],
)
def test_what_is_no_engine_is_an_error(settings, name):
    settings.FACEPLATFORM_ENGINE = name
    with pytest.raises(ConfigurationError, match="FACEPLATFORM_ENGINE"):
        registry.get_engine()


def test_override_ends_with_its_block(settings):
    settings.FACEPLATFORM_ENGINE = "fake"
    usual, other = registry.get_engine(), FakeEngine()
    with registry.override(other) as engine:
        assert engine is other
        assert registry.get_engine() is other
    assert registry.get_engine() is usual


def test_override_ends_with_an_error_too(settings):
    settings.FACEPLATFORM_ENGINE = "fake"
    usual = registry.get_engine()
    with pytest.raises(KeyError), registry.override(FakeEngine()):
        raise KeyError
    assert registry.get_engine() is usual


def test_the_web_process_needs_no_model_runtime():
    """With a remote engine it needs neither OpenCV nor the runtimes in its memory."""
    code = (
        "import sys; from faceplatform.engine import registry, testing;"
        "from faceplatform.engine.decoding import decode;"
        "print({'cv2', 'ai_edge_litert', 'onnxruntime', 'deepface'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
