"""manage.py init_env: the environment of a production deployment, with secrets of its own."""

import base64
import os
import re
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from faceplatform import env

_FILE = """\
# Read by systemd (EnvironmentFile), by compose.yaml (.env), and by a shell: set -a; . FILE; set +a
# Whoever reads it can open every template and sign results: close it to all but the service's user,
# and keep a copy where backups of keys belong.
DJANGO_SETTINGS_MODULE=faceplatform.settings.production
SECRET_KEY={secret_key}
FACEPLATFORM_TEMPLATE_KEYS={template_key_id}:{template_key}
FACEPLATFORM_RESULT_KEYS={result_key_id}:{result_key}
FACEPLATFORM_METRICS_TOKEN={metrics_token}
ALLOWED_HOSTS={hosts}
# The proxy that ends HTTPS.
FACEPLATFORM_TRUSTED_PROXIES=1
{places}# compose.yaml makes both services with these; elsewhere give them to yours.
MYSQL_PASSWORD={mysql_password}
REDIS_PASSWORD={redis_password}
DATABASE_URL=mysql://faceplatform:{mysql_password}@{database}/faceplatform
REDIS_URL=redis://:{redis_password}@{redis}/0
"""

_HOSTS = re.compile(r"[A-Za-z0-9.\-\[\]:]+(,[A-Za-z0-9.\-\[\]:]+)*")
_FOLDER = re.compile(r"(/[A-Za-z0-9._-]+)+")
_PLACE = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.\-]+):[0-9]{1,5}")


class Command(BaseCommand):
    help = "Write an environment file for production, with new secrets. Overwrites nothing."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where to write it, such as .env")
        parser.add_argument(
            "--hosts", required=True, help="names that the service is reached by, comma separated"
        )
        parser.add_argument(
            "--path-prefix",
            default="",
            metavar="PATH",
            help="path of the host under which the proxy serves it, such as /faces",
        )
        parser.add_argument(
            "--data-dir",
            default="",
            metavar="DIR",
            help="folder for models and static files; leave it out for containers",
        )
        parser.add_argument("--database", default="127.0.0.1:3306", metavar="HOST:PORT")
        parser.add_argument("--redis", default="127.0.0.1:6379", metavar="HOST:PORT")

    def handle(self, *_args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not _HOSTS.fullmatch(options["hosts"]):
            raise CommandError("--hosts takes names or addresses without scheme, comma separated")
        if options["data_dir"] and not _FOLDER.fullmatch(options["data_dir"]):
            raise CommandError("--data-dir takes an absolute path of letters, digits and . _ -")
        prefix = options["path_prefix"].rstrip("/")
        if prefix and not env.PATH_PREFIX.fullmatch(prefix):
            raise CommandError("--path-prefix takes a path such as /faces")
        for name in ("database", "redis"):
            if not _PLACE.fullmatch(options[name]):
                raise CommandError(f"--{name} takes HOST:PORT")
        text = _FILE.format(
            secret_key=secrets.token_urlsafe(48),
            template_key_id=f"k{secrets.token_hex(4)}",
            template_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            result_key_id=f"r{secrets.token_hex(4)}",
            result_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            metrics_token=secrets.token_urlsafe(32),
            mysql_password=secrets.token_hex(24),  # letters and digits: they stand in addresses
            redis_password=secrets.token_hex(24),
            hosts=options["hosts"],
            places=_assignments(
                FACEPLATFORM_PATH_PREFIX=prefix, FACEPLATFORM_DATA_DIR=options["data_dir"]
            ),
            database=options["database"],
            redis=options["redis"],
        )
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as e:
            raise CommandError(f"{file} exists; its keys may be in use") from e
        except OSError as e:
            raise CommandError(f"{file} cannot be written: {e.strerror}") from e
        with os.fdopen(descriptor, "w") as target:
            target.write(text)
        self.stdout.write(
            f"{file} is written. Create the database (docs/operations.md), then:\n"
            f"  set -a; . {file.absolute()}; set +a\n"
            "  manage.py check --deploy --fail-level WARNING --database default"
        )


def _assignments(**values: str) -> str:
    """Return a line for each variable that has a value."""
    return "".join(f"{name}={value}\n" for name, value in values.items() if value)
