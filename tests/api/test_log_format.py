"""FACEPLATFORM_LOG_FORMAT=json: one object per line, with the request's id and without secrets."""

import json
import logging
import sys
from io import StringIO
from logging.config import DictConfigurator

import pytest
from django.conf import settings

from faceplatform.api.redaction import JSONRedactingFormatter
from faceplatform.request_id import RequestIdFilter, serving
from tests.stage import anonymous


@pytest.fixture
def out():
    """Collect the formatted lines of a logger."""
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JSONRedactingFormatter())
    handler.addFilter(RequestIdFilter())
    logger = logging.getLogger("tests.json")
    logger.addHandler(handler)
    yield out
    logger.removeHandler(handler)


def lines(out: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line(out):
    with serving("my-request-1"):
        logging.getLogger("tests.json").warning('words "quoted"\nand %s', "broken")
    (line,) = lines(out)
    assert line.pop("time").endswith("+00:00")
    assert line.pop("process") > 0
    assert line == {
        "level": "WARNING",
        "logger": "tests.json",
        "request_id": "my-request-1",
        "message": 'words "quoted"\nand broken',
    }


def test_outside_of_a_request_there_is_no_id(out):
    logging.getLogger("tests.json").error("words")
    assert lines(out)[0]["request_id"] == "-"


def test_secrets_are_cut_out_of_message_and_traceback(out):
    try:
        int("aut_0123456789abcdef")
    except ValueError:
        logging.getLogger("tests.json").exception("token %s", "enr_0123456789abcdef")
    (line,) = lines(out)
    assert line["message"] == "token enr_[redacted]"
    assert "ValueError" in str(line["exception"])
    assert "0123456789abcdef" not in out.getvalue()


def add_console_filters(handler: logging.Handler) -> None:
    for given in settings.LOGGING["handlers"]["console"]["filters"]:
        configured = dict(settings.LOGGING["filters"][given])
        handler.addFilter(DictConfigurator({}).configure_filter(configured))


@pytest.mark.parametrize(
    ("name", "has_traceback", "level"),
    [("django.security.X", False, "WARNING"), ("ours", True, "ERROR")],
)
def test_what_anybody_can_have_refused_takes_a_line(out, name, has_traceback, level):
    (handler,) = logging.getLogger("tests.json").handlers
    add_console_filters(handler)
    try:
        int("no number")
    except ValueError:
        record = logging.makeLogRecord(
            {
                "name": name,
                "levelno": logging.ERROR,
                "levelname": "ERROR",
                "msg": "words",
                "exc_info": sys.exc_info(),
            }
        )
    logging.getLogger("tests.json").handle(record)
    (line,) = lines(out)
    assert ("exception" in line) is has_traceback
    assert line["level"] == level


def test_an_unknown_host_is_a_warning(db, out):
    (handler,) = logging.getLogger("tests.json").handlers
    add_console_filters(handler)
    logger = logging.getLogger("django.security.DisallowedHost")
    logger.addHandler(handler)
    try:
        assert anonymous().get("/api/core/status/", HTTP_HOST="evil.example").status_code == 400
    finally:
        logger.removeHandler(handler)
    (line,) = lines(out)
    assert line["level"] == "WARNING"
    assert "evil.example" in str(line["message"])


def test_nothing_else_of_a_record_is_told(out):
    logging.getLogger("tests.json").error("words", extra={"embedding": [0.1, 0.2]})
    assert "embedding" not in out.getvalue()
