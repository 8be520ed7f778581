"""manage.py set_up: the steps of `make run` before it serves; a second start skips them."""

from io import StringIO

import pytest
from django.core.management import call_command

from clients.models import Client
from faceplatform.errors import ConfigurationError
from faceplatform.system import example_photos
from tests.photographs import fetch

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"}
    }
    (tmp_path / "photos").symlink_to(fetch())
    return tmp_path


def set_up() -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("set_up", "--base", "http://127.0.0.1:8099", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_says_what_a_second_terminal_needs(folder, settings):
    settings.FACEPLATFORM_TRY_IT = True
    said, complained = set_up()
    assert complained == ""
    assert "  http://127.0.0.1:8099/try/#" in said
    client = Client.objects.get(name="demo")
    assert client.capture_policy.probe_frames == 1
    for line in (
        "API_KEY=fpk_",
        "API_SECRET=fps_",
        f"PHOTOS={folder}",
        "BASE=http://127.0.0.1:8099",
    ):
        assert f"  export {line}" in said


def test_static_files_that_did_not_change_are_left(folder):
    set_up()
    collected = folder / "static" / "admin" / "css" / "base.css.gz"
    collected.unlink()
    set_up()
    assert not collected.exists()
    (folder / "static.sha256").write_text("of an earlier version")
    collected.with_suffix("").unlink()
    set_up()
    assert collected.exists()


def test_without_network_there_are_no_photographs_and_all_else(folder, monkeypatch):
    def refuse(*_):
        raise ConfigurationError("pip could not download face_recognition")

    (folder / "photos").unlink()
    monkeypatch.setattr(example_photos, "download", refuse)
    said, complained = set_up()
    assert "API_KEY" in said
    assert "PHOTOS" not in said
    assert "pip could not download" in complained
