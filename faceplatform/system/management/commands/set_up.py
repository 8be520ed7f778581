"""manage.py set_up: prepare everything that `make run` needs, in one process."""

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Prepare models, database, static files, demo client and example photographs."
    requires_system_checks = []  # `migrate` runs them, after the models are prepared

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base", metavar="URL", help="base URL of the API, to print")

    def handle(self, *_args: Any, **options: Any) -> None:
        call_command("models", "prepare", stdout=self.stdout)
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        _collect_static()
        call_command("create_demo_client", stdout=self.stdout)
        try:
            call_command("example_photos", stdout=self.stdout)
        except CommandError as e:  # e.g. no network; the photographs are optional
            self.stderr.write(f"Without example photographs: {e}")
        if options["base"]:
            self.stdout.write(f"  export BASE={options['base']}")
            if settings.FACEPLATFORM_TRY_IT:
                call_command("try_link", base=options["base"], stdout=self.stdout)


def _collect_static() -> None:
    """Collect and compress static files, unless none changed since the last time."""
    stamp: Path = settings.DATA_DIR / "static.sha256"
    current = _static_digest()
    if stamp.is_file() and stamp.read_text() == current and Path(settings.STATIC_ROOT).is_dir():
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(current)


def _static_digest() -> str:
    """Return a digest of the name, size and modification time of every static file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            changed = storage.get_modified_time(name).isoformat()
            digest.update(f"{name}\0{storage.size(name)}\0{changed}\n".encode())
    return digest.hexdigest()
