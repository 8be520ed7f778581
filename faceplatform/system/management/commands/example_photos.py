"""manage.py example_photos: download photographs for a first enrollment."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from faceplatform.errors import ConfigurationError
from faceplatform.system import example_photos


class Command(BaseCommand):
    help = "Download a few public photographs for trying the API, unless they exist."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.DATA_DIR / "photos", metavar="DIR")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder: Path = options["to"].absolute()
        try:
            example_photos.fetch(folder)
        except (ConfigurationError, OSError) as e:
            raise CommandError(f"No example photographs: {e}") from e
        self.stdout.write("Photographs to try it with:")
        self.stdout.write(f"  export PHOTOS={folder}")
