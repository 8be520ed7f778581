"""Output paths of commands: refused before any work, with one line that names the path."""

import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import CommandError

from faceplatform import output_files
from faceplatform.output_files import NotWritableError

# Inputs that are not there: a command that reads them first names them, not the output.
MISSING = "/nonexistent/input"
EVALUATE = ("evaluate", "--pairs", MISSING, "--images", MISSING)
PAD = ("evaluate_pad", "--bona-fide", MISSING, "--attacks", MISSING)
OUTPUTS = {
    "evaluate --json": EVALUATE,
    "evaluate --html": EVALUATE,
    "evaluate --det": EVALUATE,
    "evaluate --calibrate": EVALUATE,
    "evaluate_pad --json": PAD,
    "evaluate_pad --plot": PAD,
    "evaluate_pad --scores": PAD,
    "evaluate_motion --json": ("evaluate_motion", "--photographs", MISSING),
    "evaluate_production --json": ("evaluate_production", "--client", "nobody"),
    "evaluate_production --html": ("evaluate_production", "--client", "nobody"),
    "verify_audit --export": ("verify_audit", "--chain", "nobody"),
    "reembed --report": ("reembed", "--client", "nobody"),
    "import_users --report": ("import_users", MISSING, "--client", "nobody"),
    "import_legacy_users --report": ("import_legacy_users", MISSING, "--client", "nobody"),
}
FOLDERS = {"make_attacks out": ("make_attacks", MISSING)}
# Paths that are read, and those whose command begins with writing them.
OTHERS = {
    "evaluate --pairs",
    "evaluate --people",
    "evaluate --images",
    "evaluate_pad --bona-fide",
    "evaluate_pad --attacks",
    "evaluate_motion --photographs",
    "evaluate_motion --film",
    "verify_audit --file",
    "import_users source",
    "import_legacy_users --images",
    "make_attacks photos",
    "models --from",
    "init_env file",
    "example_photos --to",
}


def refusal(*arguments: object) -> str:
    with pytest.raises(CommandError) as caught:
        call_command(*map(str, arguments), stdout=StringIO(), stderr=StringIO())
    return str(caught.value)


def _paths_of(parser, command: str) -> set[str]:
    found = set()
    for action in parser._actions:
        if action.type is Path:
            found.add(f"{command} {(action.option_strings or [action.dest])[0]}")
        for sub in (action.choices or {}).values() if hasattr(action, "_parser_class") else ():
            found |= _paths_of(sub, command)
    return found


def test_every_path_of_a_command_is_in_one_of_these_tables():
    found = set()
    for name, app in get_commands().items():
        parser = load_command_class(app, name).create_parser("manage.py", name)
        found |= _paths_of(parser, name)
    assert found == {*OUTPUTS, *FOLDERS, *OTHERS}


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_command_refuses_a_file_in_no_folder_before_anything_else(db, output, tmp_path):
    path = tmp_path / "reprots" / "out"
    told = refusal(*OUTPUTS[output], output.split()[1], path)
    assert told == f"{path} cannot be written: there is no folder {path.parent}"


@pytest.mark.parametrize("output", FOLDERS)
def test_a_command_refuses_a_folder_that_cannot_be_created_before_anything_else(output, tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "out"
    told = refusal(*FOLDERS[output], path)
    assert told == f"{path} cannot be written: {path.parent} is no folder"


def why(check, path: Path) -> str:
    with pytest.raises(NotWritableError) as caught:
        check(path)
    return str(caught.value).removeprefix(f"{path} cannot be written: ")


@pytest.fixture
def closed(tmp_path, monkeypatch):
    """Provide a folder, with a file, to which this process may not write: not even as root."""
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "file").touch()

    def access(path, mode):
        return folder != path and folder not in Path(path).parents

    monkeypatch.setattr(os, "access", access)
    return folder


def test_a_file_that_can_be_written_is_neither_created_nor_changed(tmp_path):
    there, new = tmp_path / "there", tmp_path / "new"
    there.write_text("as it was")
    output_files.require_files(there, new, None)
    assert there.read_text() == "as it was"
    assert not new.exists()


def test_paths_that_are_no_file(tmp_path):
    (tmp_path / "file").touch()
    check = output_files.require_files
    assert why(check, tmp_path) == "Is a directory"
    assert why(check, tmp_path / "file" / "out") == f"{tmp_path / 'file'} is no folder"
    assert why(check, tmp_path / "x" / "y" / "out") == f"there is no folder {tmp_path / 'x' / 'y'}"
    assert why(check, tmp_path / ("x" * 300)) == "File name too long"


def test_links_are_followed_as_writing_follows_them(tmp_path):
    link, circle = tmp_path / "link", tmp_path / "circle"
    link.symlink_to(tmp_path / "new")
    output_files.require_files(link)
    link.unlink()
    link.symlink_to(tmp_path / "nowhere" / "new")
    assert why(output_files.require_files, link) == f"there is no folder {tmp_path / 'nowhere'}"
    circle.symlink_to(circle)
    assert why(output_files.require_files, circle)


def test_what_this_process_may_not_write(closed):
    check = output_files.require_files
    assert why(check, closed / "file") == "Permission denied"
    assert why(check, closed / "new") == f"Permission denied: {closed}"
    assert why(output_files.require_folder, closed) == f"Permission denied: {closed}"
    assert why(output_files.require_folder, closed / "a" / "b") == f"Permission denied: {closed}"


def test_a_folder_may_be_created_with_those_around_it(tmp_path):
    output_files.require_folder(tmp_path / "a" / "b")
    output_files.require_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
    file = tmp_path / "file"
    file.touch()
    assert why(output_files.require_folder, file) == f"{file} is no folder"
