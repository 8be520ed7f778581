"""Environment variables are read with a type, and a mistake names the variable."""

from pathlib import Path

import pytest

from faceplatform import env
from faceplatform.errors import ConfigurationError

NAME = "FACEPLATFORM_TEST_VARIABLE"


@pytest.fixture
def given(monkeypatch):
    def given(value: str | None) -> None:
        if value is None:
            monkeypatch.delenv(NAME, raising=False)
        else:
            monkeypatch.setenv(NAME, value)

    return given


@pytest.mark.parametrize("value", [None, ""])
def test_missing_or_empty_is_the_default(given, value):
    given(value)
    assert env.text(NAME, "default") == "default"
    assert env.text(NAME, "") == ""
    assert env.boolean(NAME, default=True) is True
    assert env.integer(NAME, 7, minimum=0, maximum=9) == 7
    assert env.strings(NAME) == []
    assert env.strings(NAME, "a,b") == ["a", "b"]
    assert env.path(NAME, Path("/tmp")) == Path("/tmp").resolve()  # noqa: S108


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_default_missing_is_an_error(given, value):
    given(value)
    with pytest.raises(ConfigurationError, match=NAME):
        env.text(NAME)


def test_text_is_taken_as_it_is(given):
    given(" a b ")
    assert env.text(NAME) == " a b "


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        (" On ", True),
        ("0", False),
        ("false", False),
        ("No", False),
        ("OFF", False),
    ],
)
def test_booleans(given, value, result):
    given(value)
    assert env.boolean(NAME, default=not result) is result


@pytest.mark.parametrize("value", ["2", "maybe", "tru", "None", "-"])
def test_what_is_no_boolean(given, value):
    given(value)
    with pytest.raises(ConfigurationError, match=NAME):
        env.boolean(NAME, default=False)


@pytest.mark.parametrize(("value", "result"), [("0", 0), ("9", 9), (" 5 ", 5), ("+3", 3)])
def test_integers(given, value, result):
    given(value)
    assert env.integer(NAME, 1, minimum=0, maximum=9) == result


@pytest.mark.parametrize("value", ["10", "-1", "1.5", "many", "1e1", "0x5"])
def test_what_is_no_integer_within_the_bounds(given, value):
    given(value)
    with pytest.raises(ConfigurationError, match=NAME):
        env.integer(NAME, 1, minimum=0, maximum=9)


@pytest.mark.parametrize(
    ("value", "result"),
    [("a", ["a"]), ("a,b", ["a", "b"]), (" a , b ,", ["a", "b"]), (",,", []), ("a b", ["a b"])],
)
def test_lists(given, value, result):
    given(value)
    assert env.strings(NAME) == result


def test_paths_are_absolute(given, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    given("data")
    assert env.path(NAME, Path("x")) == tmp_path / "data"
    given("~/data")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert env.path(NAME, Path("x")) == tmp_path / "data"


@pytest.mark.parametrize("value", ["1/s", "10/min", "1200/m", "999999999/day", "5/hour"])
def test_a_rate(given, value):
    given(value)
    assert env.rate(NAME, "10/min") == value


@pytest.mark.parametrize(
    "value", ["abc", "10", "0/min", "-1/min", "10/year", "1e3/s", "10/", "/min", "10/min "]
)
def test_no_rate(given, value):
    given(value)
    with pytest.raises(ConfigurationError, match=f"{NAME} must be a rate such as 10/min"):
        env.rate(NAME, "10/min")


def test_a_choice(monkeypatch):
    assert env.choice("COLOUR", "red", ("red", "green")) == "red"
    monkeypatch.setenv("COLOUR", "green")
    assert env.choice("COLOUR", "red", ("red", "green")) == "green"
    monkeypatch.setenv("COLOUR", "blue")
    with pytest.raises(ConfigurationError, match="COLOUR must be one of red, green"):
        env.choice("COLOUR", "red", ("red", "green"))


@pytest.mark.parametrize(
    ("value", "prefix"),
    [(None, ""), ("", ""), ("/", ""), ("/faces", "/faces"), ("/a/b-c.d/", "/a/b-c.d")],
)
def test_a_path_prefix(given, value, prefix):
    given(value)
    assert env.path_prefix(NAME) == prefix


@pytest.mark.parametrize(
    "value", ["faces", "//faces", "/a//b", "/a b", "/../a", "/.", "/ä", "/a?b"]
)
def test_what_is_no_path_prefix(given, value):
    given(value)
    with pytest.raises(ConfigurationError, match=NAME):
        env.path_prefix(NAME)
