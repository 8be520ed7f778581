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
from legacy.importing import Imported, Step, import_user, pictures_in
from legacy.sources import PASSWORD_VARIABLE, open_source

_SHOWN_FAILURES = 20


class Command(BaseCommand):
    help = (
        "Bring the table users(id, timestamp) across. Running it again takes up where it broke "
        "off: who is there already is left as is, who failed is tried again."
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
        parser.add_argument("--report", type=Path, help="write what failed to this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            client = self._client(options["client"])
            images: Path | None = options["images"]
            if images is not None and not images.is_dir():
                raise CommandError(f"{images} is no folder")
            pictures = None if images is None else pictures_in(images)
            source = open_source(options["database"], options["table"])
            try:
                rows = tqdm(source.users(), total=source.count(), unit=" users", disable=None)
                done = [import_user(client, row, pictures) for row in rows]
            finally:
                source.close()
        except FaceplatformError as e:
            raise CommandError(e.detail) from e
        self._tell(done, options["report"])

    def _client(self, named: str | None) -> Client:
        return binding.bound_client("003") if named is None else binding.find_client(named)

    def _tell(self, done: list[Imported], report: Path | None) -> None:
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
