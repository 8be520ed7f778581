"""Users a second of a bulk import, beside the engine alone on the same images."""

import zipfile
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from django.conf import settings
from django.core.management import call_command

from bench import models, pictures
from bench.table import Row, Table
from clients import credentials
from clients.models import Client
from faceplatform.engine import registry
from faceplatform.engine.base import Engine
from faceplatform.engine.types import Wants
from faceplatform.errors import ImageError
from imports import jobs, receiving, running
from imports.enrolling import Choices

_USERS = 60  # of each round
_ROUNDS = 5


def imports(engine: Engine) -> Table:
    """Import archives of one image a user, and measure the same images, taking turns."""
    call_command("migrate", verbosity=0)
    settings.FACEPLATFORM_IMPORTS_BY = "nobody"  # the runner runs here
    registry.set_engine(engine)
    client = credentials.create_client("bench", policy={"duplicate_face": "flag"}).credential.client
    images, source = _images()
    alone, received, run, busy = [], [], [], []
    results: dict[str, int] = {}
    for turn in range(_ROUNDS + 1):
        batch = images[turn * _USERS : (turn + 1) * _USERS]
        names = [f"user-{turn}-{place}.jpg" for place in range(len(batch))]
        started, worked = perf_counter(), process_time()
        _measure(engine, batch)
        measured, bare = perf_counter(), process_time() - worked
        job = receiving.receive(client, _archive(dict(zip(names, batch, strict=True))), Choices())
        stored, worked = perf_counter(), process_time()
        running.run(running.Turn())
        ended, whole = perf_counter(), process_time() - worked
        results = {
            name: results.get(name, 0) + count
            for name, count in jobs.counts_of([job])[job.pk].items()
        }
        if turn:  # the first round warms up
            alone.append(measured - started)
            received.append(stored - measured)
            run.append(ended - stored)
            busy.append(whole / bare)
    _require_all_processed(client)
    ratio = median(each / bare for each, bare in zip(run, alone, strict=True))
    note = ", ".join(f"{count} {name}" for name, count in results.items() if count)
    return Table(
        f"Bulk import on SQLite, one image a user: {source}",
        [
            Row("engine alone: decode and measure", _USERS / median(alone), "images/s"),
            Row("the runner", _USERS / median(run), "users/s", note=note),
            Row("the runner's time over the engine's, median", ratio, "x"),
            Row("processor time over the engine's, median", median(busy), "x", "<= 2"),
            Row("storing of the archive, sealed", _USERS / median(received), "users/s"),
        ],
    )


def _images() -> tuple[list[bytes], str]:
    """Return an image for each user, and a description of them."""
    needed = _USERS * (_ROUNDS + 1)
    folder = models.shared_folder().parent / "faces" / "lfw_whole"
    if folder.is_dir():
        people = sorted(person for person in folder.iterdir() if person.is_dir())
        return [_first_of(person) for person in people[:needed]], "LFW, 250 x 250, a person each"
    views = pictures.views(8)
    return [views[place % 8] for place in range(needed)], "one person, 640 x 480"


def _first_of(person: Path) -> bytes:
    return min(person.iterdir()).read_bytes()


def _archive(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return buffer.getvalue()


def _measure(engine: Engine, images: list[bytes]) -> None:
    for image in images:
        try:
            engine.measure(image, wants=Wants())
        except ImageError as e:
            raise RuntimeError("an image of the benchmark cannot be used") from e


def _require_all_processed(client: Client) -> None:
    if any(job.status != "completed" for job in jobs.of_client(client)):
        raise RuntimeError("an import was not completed")
