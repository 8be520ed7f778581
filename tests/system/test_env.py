"""Typed readers of environment variables; an error names the variable."""

from ipaddress import ip_network
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


OLD, NEW = "QUEUE_SECONDS", "FACEPLATFORM_QUEUE_SECONDS"


@pytest.fixture
def named(monkeypatch):
    def named(**values: str) -> None:
        for name in (OLD, NEW):
            monkeypatch.delenv(name, raising=False)
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return named


def queue_seconds() -> int:
    return env.integer(NEW, 3, minimum=1, maximum=60)


def test_an_old_name_is_read_with_a_warning(named):
    named(QUEUE_SECONDS="7")
    assert queue_seconds() == 7
    (warning,) = env.old_name_warnings()
    assert f"{OLD} is now called {NEW}" in warning


def test_a_mistake_names_the_variable_that_was_set(named):
    named(QUEUE_SECONDS="soon")
    with pytest.raises(ConfigurationError, match=f"^{OLD} must be a whole number"):
        queue_seconds()
    named(FACEPLATFORM_QUEUE_SECONDS="soon")
    with pytest.raises(ConfigurationError, match=f"^{NEW} must be a whole number"):
        queue_seconds()


def test_an_empty_name_leaves_it_to_the_other(named):
    named(QUEUE_SECONDS="7", FACEPLATFORM_QUEUE_SECONDS="")
    assert queue_seconds() == 7
    named(QUEUE_SECONDS="", FACEPLATFORM_QUEUE_SECONDS="8")
    assert queue_seconds() == 8
    assert env.old_name_warnings() == []


def test_both_names_with_one_value_are_warned_of(named):
    named(QUEUE_SECONDS="7", FACEPLATFORM_QUEUE_SECONDS="7")
    assert queue_seconds() == 7
    assert len(env.old_name_warnings()) == 1


def test_both_names_with_different_values_are_refused(named):
    named(QUEUE_SECONDS="7", FACEPLATFORM_QUEUE_SECONDS="8")
    with pytest.raises(ConfigurationError, match=f"{NEW} and its old name {OLD}"):
        queue_seconds()


@pytest.mark.parametrize("name", ["FACEPLATFORM_ENGINE", "FACEPLATFORM_PORT", "REDIS_URL"])
def test_what_never_had_another_name_has_none(monkeypatch, name):
    monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(name.removeprefix(env.PREFIX), "redis://127.0.0.1")
    expected = "redis://127.0.0.1" if name in env.SHARED_NAMES else "default"
    assert env.text(name, "default") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ("10.0.0.0/8", [ip_network("10.0.0.0/8")]),
        ("192.0.2.7, fd00::/8", [ip_network("192.0.2.7/32"), ip_network("fd00::/8")]),
    ],
)
def test_networks(given, value, expected):
    given(value)
    assert env.networks(NAME) == expected


@pytest.mark.parametrize(
    "value", ["10.0.0.1/8", "10.0.0", "example.com", "10.0.0.0/33", "10/8 11/8"]
)
def test_networks_that_cannot_be(given, value):
    given(value)
    with pytest.raises(ConfigurationError, match=NAME):
        env.networks(NAME)


def test_ports(given):
    given(None)
    assert env.ports(NAME, "80,443") == [80, 443]
    given("1, 65535")
    assert env.ports(NAME, "80,443") == [1, 65535]


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "80-90", "\u0661", "9" * 5000])
def test_ports_that_cannot_be(given, value):
    given(value)
    with pytest.raises(ConfigurationError, match=NAME):
        env.ports(NAME, "80,443")
