"""Every evaluation that searches a folder refuses links, pipes and devices, before it measures."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.strange_files import STRANGE


def evaluate_pad(folder):
    people = folder.parent / "people"
    (people / "ann").mkdir(parents=True)
    (people / "ann" / "1.jpg").touch()
    return ["evaluate_pad", "--bona-fide", people, "--attacks", folder]


def evaluate_pad_of_people(folder):
    return ["evaluate_pad", "--bona-fide", folder, "--attacks", folder.parent]


def make_attacks(folder):
    return ["make_attacks", folder, folder.parent / "out"]


def evaluate_motion(folder):
    return ["evaluate_motion", "--photographs", folder]


def evaluate(folder):
    listed = folder.parent / "people.csv"
    listed.write_text("person,group\nann,\n")
    return ["evaluate", "--people", listed, "--images", folder]


COMMANDS = (evaluate_pad, evaluate_pad_of_people, make_attacks, evaluate_motion, evaluate)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("make", STRANGE)
def test_a_strange_entry_is_refused_by_name(tmp_path, command, make):
    folder = tmp_path / "folder"
    (folder / "ann").mkdir(parents=True)
    (folder / "ann" / "1.jpg").touch()
    (folder / "ann" / "a.jpg").touch()
    make(folder / "ann" / "strange.jpg")
    arguments = command(folder)
    with pytest.raises(CommandError, match=r"ann/strange\.jpg is neither a file nor a folder"):
        call_command(*map(str, arguments), stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize("listed", ["--people", "--pairs"])
def test_a_listed_link_is_not_followed(tmp_path, listed):
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "1.jpg").touch()
    (tmp_path / "bob").symlink_to("ann")
    (tmp_path / "ann" / "2.jpg").symlink_to("1.jpg")
    text = {
        "--people": "person,group\nbob,\n",
        "--pairs": "image_a,image_b,same_person,fold\nann/1.jpg,ann/2.jpg,1,0\n",
    }[listed]
    (tmp_path / "listed.csv").write_text(text)
    arguments = ["evaluate", listed, tmp_path / "listed.csv", "--images", tmp_path]
    with pytest.raises(CommandError, match=r"has no .*links are not followed"):
        call_command(*map(str, arguments), stdout=StringIO(), stderr=StringIO())
