"""Redaction of bearer secrets in all log lines: even a path can contain a session token."""

import json
import logging
import re
from datetime import UTC, datetime

# Session tokens, links to the capture page, API keys, API secrets and JWTs; secrets of webhooks, in
# base64. The prefix stays, to show the kind.
_SECRET = re.compile(
    r"\b(enr_|aut_|fcl_|fpk_|fps_|eyJ)[A-Za-z0-9_\-.]{8,}|\b(whsec_)[A-Za-z0-9+/=_\-]{8,}"
)


def redact(text: str) -> str:
    return _SECRET.sub(r"\1\2[redacted]", text)


class RedactingFormatter(logging.Formatter):
    """A formatter that redacts the whole line, including the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JSONRedactingFormatter(logging.Formatter):
    """A formatter of one JSON object per line. Other attributes of the record are left out."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "request_id": getattr(record, "request_id", "-"),
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line)
