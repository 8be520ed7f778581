"""Files of an operator's folders: no links, pipes and devices, and no more bytes than asked."""

from pathlib import Path

import pytest

from faceplatform import plain_files
from faceplatform.plain_files import NotPlainError
from tests.strange_files import STRANGE, link_to_a_file, listening_socket


@pytest.mark.parametrize("make", STRANGE)
def test_a_folder_with_a_strange_entry_is_not_listed(tmp_path, make):
    (tmp_path / "a.jpg").write_bytes(b"a")
    make(tmp_path / "strange.jpg")
    with pytest.raises(NotPlainError, match=r"strange\.jpg is neither a file nor a folder"):
        plain_files.entries(tmp_path)
    assert not plain_files.is_file(tmp_path / "strange.jpg")
    assert not plain_files.is_folder(tmp_path / "strange.jpg")


@pytest.mark.parametrize("make", [each for each in STRANGE if each is not listening_socket])
def test_a_strange_entry_is_not_read_even_if_it_came_after_the_listing(tmp_path, make):
    make(tmp_path / "strange.jpg")
    with pytest.raises(NotPlainError, match=r"strange\.jpg is neither"):
        plain_files.read(tmp_path / "strange.jpg", most_bytes=10)


def test_a_folder_and_a_socket_are_not_read(tmp_path):
    listening_socket(tmp_path / "socket")
    with pytest.raises(OSError, match="socket"):
        plain_files.read(tmp_path / "socket", most_bytes=10)
    with pytest.raises(IsADirectoryError):
        plain_files.read(tmp_path, most_bytes=10)


def test_entries_in_order_and_hidden_ones_on_request(tmp_path):
    for name in ("b", "a", ".c"):
        (tmp_path / name).touch()
    link_to_a_file(tmp_path / ".strange")
    assert [path.name for path in plain_files.entries(tmp_path)] == ["a", "b"]
    with pytest.raises(NotPlainError):
        plain_files.entries(tmp_path, hidden=True)
    (tmp_path / ".strange").unlink()
    assert [path.name for path in plain_files.entries(tmp_path, hidden=True)] == [".c", "a", "b"]


def test_the_named_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.jpg").touch()
    (tmp_path / "link").symlink_to("real")
    assert plain_files.entries(tmp_path / "link") == [tmp_path / "link" / "a.jpg"]


def test_of_a_long_file_one_byte_more_than_the_bound_is_read(tmp_path):
    path: Path = tmp_path / "a"
    path.write_bytes(b"123456")
    assert plain_files.read(path, most_bytes=6) == b"123456"
    assert plain_files.read(path, most_bytes=5) == b"123456"
    assert plain_files.read(path, most_bytes=2) == b"123"
