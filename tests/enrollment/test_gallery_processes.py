"""The gallery stays right while several processes write and others search."""

import subprocess
import sys

import pytest
from django.db import connection

from enrollment.models import FaceTemplate, GalleryChange, GalleryHead
from tests.enrollment.templates import assert_complete, put_template

WORKER = "tests.enrollment.gallery_process"


@pytest.mark.django_db(transaction=True)
def test_writers_and_searchers_in_processes_of_their_own(api):
    client_pk = api.client.pk
    for number in range(5):  # templates to find from the start
        put_template(client_pk, f"first-{number}", seed=number)
    assert_complete(client_pk)  # this process has a gallery from now on, and has to catch up later
    database = str(connection.settings_dict["NAME"])
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", WORKER, database, role, str(client_pk), str(seed)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed, role in enumerate(["writer", "writer", "writer", "searcher", "searcher"])
    ]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    # Every change has its own number, none is missing, and this process agrees with the rows.
    numbers = GalleryChange.objects.filter(client_pk=client_pk).values_list("sequence", flat=True)
    head = GalleryHead.objects.get(client_pk=client_pk).sequence
    assert sorted(numbers) == list(range(1, head + 1))
    assert FaceTemplate.objects.filter(client=client_pk).count() > 5
    assert_complete(client_pk)
