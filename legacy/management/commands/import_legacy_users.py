"""manage.py import_legacy_users DATABASE: the users of an old 003 system, with their faces."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from clients.models import Client
from faceplatform.errors import FaceplatformError
from legacy import binding
from legacy.importing import Imported, Step, images_in, import_user
from legacy.sources import PASSWORD_VARIABLE, open_source

_SHOWN_FAILURES = 20


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
        self._show(done, options["report"])

    def _client(self, named: str | None) -> Client:
        return binding.bound_client("003") if named is None else binding.find_client(named)

    def _show(self, done: list[Imported], report: Path | None) -> None:
        counts = Counter(user.step for user in done)
        failed = [user for user in done if user.step is Step.FAILED]
        for step in Step:
            self.stdout.write(f"{step:<24}{counts[step]}")
        if report is not None:
            with report.open("w", newline="") as file:
                csv.writer(file).writerows(
                    [("id", "reason"), *((user.user_id, user.reason) for user in failed)]
                )
        if not failed:
            return
        for user in failed[:_SHOWN_FAILURES]:
            self.stdout.write(f"  {user.user_id!r}: {user.reason}")
        where = f"; all are in {report}" if report else "; --report FILE keeps all of them"
        raise CommandError(f"{len(failed)} of {len(done)} users failed{where}")
