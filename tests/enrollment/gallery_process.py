"""One process of the gallery's concurrency test: a writer or a searcher on a given database.

    python -m tests.enrollment.gallery_process DATABASE writer|searcher|witness CLIENT_PK SEED

A writer adds, replaces and removes templates; a searcher searches while others write, and checks
what must hold at any moment; a witness searches for each probe on its standard input and prints
what it finds. Exit code 0: all held.
"""

import os
import random
import sys

import django
import numpy as np
from django.db import transaction

WRITES = 60
SEARCHES = 60


def main(database: str, role: str, client_pk: int, seed: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    {"writer": write, "searcher": search, "witness": witness}[role](client_pk, random.Random(seed))


def write(client_pk: int, choice: random.Random) -> None:
    from enrollment.models import FaceTemplate
    from tests.enrollment.templates import put_template

    mine: list[int] = []
    for number in range(WRITES):
        if mine and choice.random() < 0.4:
            FaceTemplate.objects.get(pk=mine.pop(choice.randrange(len(mine)))).delete()
        replaced = mine.pop() if mine and choice.random() < 0.3 else None
        user = f"{choice.random()}-{number}"
        mine.append(put_template(client_pk, user, seed=choice.randrange(2**31), replaces=replaced))


def search(client_pk: int, choice: random.Random) -> None:
    from enrollment import gallery
    from enrollment.models import FaceTemplate
    from faceplatform.engine.testing import MODEL
    from tests.enrollment.templates import assert_complete

    everyone = FaceTemplate.objects.filter(client=client_pk)
    seen: set[int] = set()
    for _ in range(SEARCHES):
        before = {template.pk: template for template in everyone}
        if not before:
            continue
        wanted = before[choice.choice(sorted(before))]
        found = gallery.search(client_pk=client_pk, model=MODEL, probe=wanted.unseal())
        for hit in found.hits:
            # Not a template that was removed before the search began. One that is not listed yet is
            # new, whatever its number: MySQL gives numbers before it commits.
            assert hit.template_pk in before or hit.template_pk not in seen, hit
        seen |= before.keys()
        if everyone.filter(pk=wanted.pk).exists():
            best = found.hits[0]
            assert (best.template_pk, round(best.cosine, 4)) == (wanted.pk, 1.0), best
        with transaction.atomic():  # no writer runs now: the gallery must be exact
            gallery.lock(client_pk)
            assert_complete(client_pk)


def witness(client_pk: int, _: random.Random) -> None:
    from enrollment import gallery
    from faceplatform.engine.testing import MODEL

    for line in sys.stdin:
        probe = np.frombuffer(bytes.fromhex(line), dtype=np.float32)
        found = gallery.search(client_pk=client_pk, model=MODEL, probe=probe)
        print([hit.template_pk for hit in found.hits], "of", found.size, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
