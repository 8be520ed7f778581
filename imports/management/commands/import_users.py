"""manage.py import_users SOURCE --client NAME: users with or without faces, in bulk."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from clients.models import Client
from clients.services import client_by_name_or_id
from faceplatform import output_files
from faceplatform.errors import FaceplatformError
from imports import archives, folders, reports, tables
from imports.direct import import_user
from imports.enrolling import Choices, require_possible
from imports.models import Result
from imports.planning import Plan
from imports.reports import Line

_FAILURES = frozenset({Result.DUPLICATE, Result.REFUSED, Result.FAILED})


class Command(BaseCommand):
    help = (
        "Import users from a folder (user_id/*.jpg or user_id.jpg), a zip archive of one, or a CSV "
        "file with the columns that the API takes. Nothing is copied first, so there is no limit "
        "on its size. Running it again resumes: users who are enrolled are left as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path)
        parser.add_argument("--client", required=True, help="name or public id")
        parser.add_argument(
            "--target-samples", type=int, help="most images of a template; default: the policy's"
        )
        parser.add_argument(
            "--replace", action="store_true", help="also replace the faces of enrolled users"
        )
        parser.add_argument("--report", type=Path, help="list the failures in this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        choices = Choices(
            skip_enrolled=not options["replace"], target_samples=options["target_samples"]
        )
        try:
            output_files.require_files(options["report"])
            client = self._client(options["client"])
            require_possible(client, choices)
            with ExitStack() as files:
                plan = self._plan(options["source"], files)
                users = tqdm(plan.users, unit=" users", disable=None)
                outcomes = [(user.user_id, import_user(client, user, choices)) for user in users]
        except FileNotFoundError as e:
            raise CommandError(f"There is no file or folder {e.filename!s}") from e
        except FaceplatformError as e:
            raise CommandError(e.detail) from e
        except OSError as e:
            raise CommandError(str(e)) from e
        reports.show(
            self.stdout,
            [Line(user_id, outcome.result, outcome.reason) for user_id, outcome in outcomes],
            results=Result.values,
            failures=_FAILURES,
            report=options["report"],
        )

    def _client(self, named: str) -> Client:
        client = client_by_name_or_id(named)
        if client is None or not client.is_active:
            raise CommandError(f"There is no active client {named!r}")
        return client

    def _plan(self, source: Path, files: ExitStack) -> Plan:
        """Return the users of the source, whose file stays open for as long as images are read.

        Raises:
            imports.errors.ImportFileError, OSError
        """
        if source.is_dir():
            return folders.users_in(source)
        file = files.enter_context(source.open("rb"))
        if archives.is_archive(file.read(4)):
            return archives.users_in(file)
        return tables.users_in(source.read_bytes())
