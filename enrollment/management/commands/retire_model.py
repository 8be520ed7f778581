"""manage.py retire_model MODEL: remove the templates of a recognition model that is not used."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from tqdm import tqdm

from enrollment import retirement
from enrollment.management import client_option
from enrollment.models import FaceTemplate
from faceplatform.engine.registry import get_engine
from faceplatform.matching.model import ModelKey


class Command(BaseCommand):
    help = (
        "Remove for good the templates of a recognition model, of users who have one of the model "
        "in use. Stop the deployment that runs the other model first. Safe to stop and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="name/version/alignment, as the enrollments say")
        client_option.add_to(parser)
        parser.add_argument(
            "--unreplaced",
            action="store_true",
            help="also those of users who have no template of the model in use: they are then not "
            "enrolled any more",
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        model = self._model(options["model"])
        client = client_option.chosen(options)
        chosen = [retirement.replaced(model, client)]
        if options["unreplaced"]:
            chosen.append(retirement.unreplaced(model, client))
        count = sum(templates.count() for templates in chosen)
        if options["dry_run"]:
            self.stdout.write(f"{count} of {model} would be removed")
        else:
            self._confirm(count, model, ask=not options["no_input"])
            self.stdout.write(f"{self._remove(chosen, count)} of {model} removed")
        if not options["unreplaced"] and (left := retirement.unreplaced(model, client).count()):
            self.stdout.write(
                f"{left} are left: their users have no template of {get_engine().model.key} "
                "(--unreplaced removes them)"
            )

    def _model(self, text: str) -> ModelKey:
        if text == str(get_engine().model.key):
            raise CommandError(f"{text} is the recognition model in use")
        known = {str(key): key for key in retirement.models()}
        if text not in known:
            raise CommandError(f"No template was made with {text}; there are {sorted(known)}")
        return known[text]

    def _confirm(self, count: int, model: ModelKey, *, ask: bool) -> None:
        if ask and input(f"Remove {count} templates of {model} for good? Type yes: ") != "yes":
            raise CommandError("Nothing was removed")

    def _remove(self, chosen: list[QuerySet[FaceTemplate]], count: int) -> int:
        removed = 0
        with tqdm(total=count, unit=" templates", disable=None) as bar:
            for templates in chosen:
                for number in retirement.retire(templates):
                    removed += number
                    bar.update(number)
        return removed
