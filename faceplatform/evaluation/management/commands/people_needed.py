"""manage.py people_needed: how many people a promised false match rate needs."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from faceplatform.evaluation import power
from faceplatform.evaluation.power import Aim, Need

_MEANING = {
    Aim.BOUND: "To show that the rate is not exceeded (95 %), if no strangers match",
    Aim.ESTIMATE: "To know the rate within 30 % (90 %), from 30 false matches",
}


class Command(BaseCommand):
    help = "Say how many people, and photographs of each, a promised false match rate needs."
    requires_system_checks = []  # as for evaluate

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--false-match-rate", type=float, required=True, metavar="RATE")
        parser.add_argument(
            "--groups",
            type=int,
            default=1,
            metavar="N",
            help="the rate is promised to each of so many groups (default: 1)",
        )
        parser.add_argument("--template-frames", type=int, default=1, metavar="N")
        parser.add_argument("--probe-frames", type=int, default=1, metavar="N")
        parser.add_argument(
            "--spread",
            type=float,
            default=power.ASSUMED_SPREAD,
            metavar="S",
            help="how much people differ in their own false match rates: the standard deviation "
            "divided by the mean, which `evaluate --html` measures "
            f"(default: {power.ASSUMED_SPREAD:g})",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["groups"] < 1:
            raise CommandError("there is at least one group")
        rate, spread = options["false_match_rate"], options["spread"]
        frames = {name: options[name] for name in ("template_frames", "probe_frames")}
        try:
            found = {aim: power.need(rate, aim, spread=spread, **frames) for aim in Aim}
        except ValueError as e:
            raise CommandError(str(e)) from e
        self.stdout.write(f"False match rate {rate:g}, spread of people {spread:g}")
        for aim, need in found.items():
            for line in _lines(_MEANING[aim], need, options["groups"]):
                self.stdout.write(line)


def _lines(meaning: str, need: Need, groups: int) -> Iterator[str]:
    yield ""
    yield f"{meaning}:"
    yield f"  {need.trials:,} independent comparisons of strangers in each group"
    yield f"  each person compared once: {_people(need.people_apart, groups)}"
    yield f"  everybody with everybody:  {_people(need.people, groups)}"
    yield f"  {need.photographs} photographs of each person"


def _people(count: int, groups: int) -> str:
    if groups == 1:
        return f"{count:,} people"
    return f"{count:,} people of each of {groups} groups: {count * groups:,} in all"
