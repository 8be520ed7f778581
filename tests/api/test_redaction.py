"""No bearer secret reaches a log line, whichever logger writes it."""

import logging
from io import StringIO

import pytest
from django.conf import settings

from clients import credentials, tokens
from faceplatform.api.redaction import RedactingFormatter, redact


@pytest.mark.parametrize("prefix", ["enr_", "aut_", "fpk_", "fps_"])
def test_what_stays_says_which_kind_it_was(prefix):
    secret = f"{prefix}AbC-123_xyz.987"
    assert redact(f"GET /api/auth/sessions/{secret}/ 404") == (
        f"GET /api/auth/sessions/{prefix}[redacted]/ 404"
    )


def test_secrets_of_webhooks_are_cut_out_with_every_character_of_base64():
    assert redact("secret=whsec_MfKQ9r8G+/qrTwjUPD8ILPZIo2LaLaSw==, x") == (
        "secret=whsec_[redacted], x"
    )


@pytest.mark.parametrize(
    "text", ["GET /api/core/health/ 200", "an enr_ollment", "enr_short", "surprise", "", "keyJack"]
)
def test_other_text_is_left_alone(text):
    assert redact(text) == text


@pytest.fixture
def lines():
    """Return the line that the configured console handler would print."""
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(RedactingFormatter())
    logger = logging.getLogger("tests.redaction")
    logger.addHandler(handler)
    yield logger, out
    logger.removeHandler(handler)


def test_messages_and_their_arguments(lines):
    logger, out = lines
    logger.error("token enr_0123456789abcdef")
    logger.error("token %s and %r", "fps_0123456789abcdef", {"key": "fpk_0123456789abcdef"})
    logger.error("plain %s", "words")
    try:
        int("aut_0123456789abcdef")
    except ValueError:
        logger.exception("broken")
    assert "0123456789abcdef" not in out.getvalue()
    assert "plain words" in out.getvalue()


@pytest.mark.django_db
def test_real_tokens_are_redacted_whole(api, stage):
    issued = credentials.issue(api.client)
    for secret in (
        issued.api_secret,
        issued.credential.api_key,
        *tokens.issue_tokens(issued.credential).values(),
        api.enrollment_token(),
        api.authentication_token(),
    ):
        assert redact(f"[{secret}]").endswith("[redacted]]")


def test_every_handler_redacts():
    formatters = settings.LOGGING["formatters"]
    for handler in settings.LOGGING["handlers"].values():
        assert formatters[handler["formatter"]]["()"].endswith("RedactingFormatter")
