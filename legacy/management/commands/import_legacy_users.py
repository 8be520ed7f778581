"""manage.py import_legacy_users DATABASE: the users of an old 003 system, with their faces."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from clients.models import Client
from faceplatform import output_files
from faceplatform.errors import FaceplatformError
from imports import reports
from imports.folders import images_in
from legacy import binding
from legacy.importing import Step, import_user
from legacy.sources import PASSWORD_VARIABLE, open_source


class Command(BaseCommand):
    help = (
        "Import the table users(id, timestamp). Running it again resumes: users who are there "
        "already are left as they are, and failed ones are tried again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "database",
            help="mysql://user@host:3306/database (password in the address or in "
            f"{PASSWORD_VARIABLE}), sqlite:///file, or a file of SQLite",
        )
        parser.add_argument("--table", default="users")
        parser.add_argument("--client", help="name or public id; default: the client of 003")
        parser.add_argument(
            "--images", type=Path, help="folder with <id>.jpg or <id>/*.jpg to enroll from"
        )
        parser.add_argument("--report", type=Path, help="list the failures in this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            output_files.require_files(options["report"])
            client = self._client(options["client"])
            folder: Path | None = options["images"]
            if folder is not None and not folder.is_dir():
                raise CommandError(f"{folder} is no folder")
            images = None if folder is None else images_in(folder)
            source = open_source(options["database"], options["table"])
            try:
                rows = tqdm(source.users(), total=source.count(), unit=" users", disable=None)
                done = [import_user(client, row, images) for row in rows]
            finally:
                source.close()
        except FaceplatformError as e:
            raise CommandError(e.detail) from e
        except OSError as e:
            raise CommandError(str(e)) from e
        reports.show(
            self.stdout,
            [reports.Line(user.user_id, user.step, user.reason) for user in done],
            results=Step,
            failures=frozenset({Step.FAILED}),
            report=options["report"],
        )

    def _client(self, named: str | None) -> Client:
        return binding.bound_client("003") if named is None else binding.find_client(named)
