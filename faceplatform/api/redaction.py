"""Keeps bearer secrets out of the logs, whoever logs them (a path can hold a session token)."""

import logging
import re

# Session tokens, API keys, API secrets and JWTs: what stays is enough to see which kind it was.
_SECRET = re.compile(r"\b(enr_|aut_|fpk_|fps_|eyJ)[A-Za-z0-9_\-.]{8,}")


def redact(text: str) -> str:
    return _SECRET.sub(r"\1[redacted]", text)


class RedactingFormatter(logging.Formatter):
    """Redacts the whole line, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
