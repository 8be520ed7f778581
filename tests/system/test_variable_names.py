"""Names of environment variables: prefixed or shared, read in one place, documented."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from faceplatform import env
from tests.packages import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")),
    ROOT / "gunicorn.conf.py",
]
DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
FILES = [
    *DOCUMENTS,
    ROOT / "Dockerfile",
    ROOT / "Makefile",
    ROOT / "Procfile",
    ROOT / "compose.yaml",
    *(path for path in (ROOT / "deploy").rglob("*") if path.is_file()),
]
READERS = {
    f"env.{name}"
    for name, member in vars(env).items()
    if inspect.isfunction(member) and "name" in inspect.signature(member).parameters
}
AROUND = re.compile(r"""os\.(?:environ\.get\(|getenv\(|environ\[)"(\w+)"(?!\] = )""")
# Of other programs.
FOREIGN = {"DEEPFACE_HOME", "PYTEST_XDIST_WORKER"}
# Read by the tests and their tools alone.
OF_TESTS = re.compile(r"FACEPLATFORM_(TEST_\w+|SHARED_DIR|REQUIRE_SHARED)")


def calls(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """Yield the name and the first argument of each call that has one."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args:
            yield ast.unparse(node.func), node.args[0]


def value(path: Path, argument: ast.expr) -> str:
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return str(getattr(module, ast.unparse(argument)))


@cache
def names_read() -> frozenset[str]:
    return frozenset(
        value(path, argument)
        for path in SOURCES
        for function, argument in calls(path)
        if function in READERS
    )


def words(path: Path) -> set[str]:
    return set(re.findall(r"(?<![A-Za-z0-9_])[A-Z][A-Z_]+(?![A-Za-z0-9_])", path.read_text()))


def test_every_name_has_the_prefix_or_is_shared():
    assert len(names_read()) > 50
    assert {name for name in names_read() if not name.startswith(env.PREFIX)} == env.SHARED_NAMES


def test_the_names_that_are_known_are_those_that_are_read():
    prefixed = {name for name in names_read() if name.startswith(env.PREFIX)}
    assert {name for name in prefixed if not OF_TESTS.fullmatch(name)} == env.NAMES


def test_every_old_name_has_a_new_one_that_is_read():
    assert {f"{env.PREFIX}{old}" for old in env.OLD_NAMES} <= names_read()
    assert not env.OLD_NAMES & env.SHARED_NAMES


def test_nothing_of_ours_is_read_around_the_readers():
    around = {name for path in SOURCES for name in AROUND.findall(path.read_text())}
    assert around <= FOREIGN


def test_every_name_that_is_read_is_documented():
    operations = words(ROOT / "docs/operations.md")
    of_tools = {name for name in names_read() if OF_TESTS.fullmatch(name)}
    missing = names_read() - of_tools - operations
    assert missing <= {"FACEPLATFORM_WORKER_ENGINE", "FACEPLATFORM_LEGACY_DATABASE_PASSWORD"}
    assert missing <= words(ROOT / "docs/architecture.md") | words(ROOT / "docs/migrating.md")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_prefixed_name_in_a_file_is_read(path):
    named = {word for word in words(path) if word.startswith(env.PREFIX)} - {env.PREFIX}
    assert {name for name in named - names_read() if not OF_TESTS.fullmatch(name)} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_use_the_new_names(path):
    """All old names are listed once, in the operations manual."""
    expected = env.OLD_NAMES if path.name == "operations.md" else set()
    text = path.read_text()
    assert {
        old for old in env.OLD_NAMES if f"`{old}" in text or f"{old}=" in words(path)
    } == expected
