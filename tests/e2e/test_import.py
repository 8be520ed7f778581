"""Bulk import of real photographs: who is imported is recognized, and twins are reported."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.imports.importing import archive, imported
from tests.photographs import photo

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine]


def read(name: str) -> bytes:
    return photo(name).read_bytes()


def test_an_archive_of_photographs(api):
    content = archive(
        {
            "obama/1.jpg": read("obama.jpg"),
            "obama/2.jpg": read("obama3.jpg"),
            "biden.jpg": read("biden.jpg"),
            "eileen.png": read("astronaut.png"),
            "impostor.jpg": read("obama2.jpg"),
            "mixed/1.jpg": read("obama.jpg"),
            "mixed/2.jpg": read("biden.jpg"),
        }
    )
    assert imported(api, content) == {
        "obama": ("enrolled", "enrolled"),
        "biden": ("enrolled", "enrolled"),
        "eileen": ("enrolled", "enrolled"),
        "impostor": ("duplicate", "duplicate_face"),
        "mixed": ("refused", "different_person"),
    }
    assert api.identify(read("obama2.jpg"))["matched_user"] == {"user_id": "obama"}
    assert api.verify(read("biden.jpg"), "biden")["result"] == "success"


def test_a_folder_of_photographs(api, tmp_path):
    for user, name in (("obama", "obama.jpg"), ("biden", "biden.jpg"), ("twin", "obama2.jpg")):
        (tmp_path / user).mkdir()
        (tmp_path / user / "1.jpg").write_bytes(read(name))
    with pytest.raises(CommandError, match="1 of 3 users were not imported"):
        call_command("import_users", str(tmp_path), client="acme", stdout=StringIO())
    assert api.identify(read("obama3.jpg"))["matched_user"] == {"user_id": "obama"}
