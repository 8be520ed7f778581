"""The gallery: two processes that see each other's changes, against brute force."""

import random

import numpy as np
import pytest
from django.db import transaction

from clients.models import Client, Subject
from enrollment import gallery
from enrollment.gallery import _ClientGallery
from enrollment.models import EnrollmentSession, FaceTemplate, GalleryChange, GalleryHead
from faceplatform.engine import testing as fake
from faceplatform.matching.model import RecognitionModel

pytestmark = pytest.mark.django_db
MODEL = fake.MODEL
OTHER_MODEL = RecognitionModel(name="fake", version="2", alignment="none", dimension=128)


class Rows:
    """One client's templates, as enrollments would write them."""

    def __init__(self, name: str = "acme") -> None:
        self.client = Client.objects.create(name=name)
        self.count = 0

    def add(self, embedding, model: RecognitionModel = MODEL) -> FaceTemplate:
        self.count += 1
        now = self.client.created_at
        subject = Subject.objects.create(client=self.client, user_id=f"user-{self.count}")
        session = EnrollmentSession.objects.create(
            client=self.client,
            subject=subject,
            status="completed",
            target_samples=1,
            token_digest=f"{self.client.pk}-{self.count}",
            created_at=now,
            expires_at=now,
        )
        template = FaceTemplate(
            client=self.client,
            subject=subject,
            enrollment=session,
            model_name=model.name,
            model_version=model.version,
            alignment=model.alignment,
            dimension=model.dimension,
            sample_count=1,
            quality=1.0,
            liveness_verified=False,
        )
        template.seal(embedding)
        template.save()
        gallery.record_change(client_pk=self.client.pk, template_pk=template.pk)
        return template

    def process(self) -> _ClientGallery:
        return _ClientGallery(self.client.pk, MODEL)

    def search(self, probe):
        return gallery.search(client_pk=self.client.pk, model=MODEL, probe=probe)


@pytest.fixture
def rows():
    return Rows()


def vector(seed: int):
    values = np.random.default_rng(seed).standard_normal(MODEL.dimension)
    return np.asarray(values / np.linalg.norm(values), dtype=np.float32)


def brute_force(rows: Rows, probe) -> list[tuple[int, float]]:
    templates = FaceTemplate.objects.filter(client=rows.client, model_version=MODEL.version)
    scores = [(template.pk, float(template.unseal() @ probe)) for template in templates]
    return sorted(scores, key=lambda score: -score[1])


def same(process: _ClientGallery, rows: Rows, probe) -> None:
    process.catch_up()
    expected = brute_force(rows, probe)
    assert process.size == len(expected)
    found = process.top(probe, len(expected))
    assert [pk for pk, _ in found] == [pk for pk, _ in expected]
    assert [cosine for _, cosine in found] == pytest.approx([c for _, c in expected], abs=1e-6)


def test_an_empty_gallery(rows):
    assert rows.search(vector(1)).hits == []
    assert rows.search(vector(1)).size == 0


def test_two_processes_see_each_others_changes(rows):
    one, two = rows.process(), rows.process()
    templates = [rows.add(vector(number)) for number in range(3)]
    same(one, rows, vector(0))
    same(two, rows, vector(0))
    templates[0].delete()
    rows.add(vector(9))
    same(one, rows, vector(0))
    templates[2].delete()
    same(two, rows, vector(0))
    same(one, rows, vector(0))


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_removing_the_first_the_middle_and_the_last(rows, gone):
    process = rows.process()
    templates = [rows.add(vector(number)) for number in range(3)]
    same(process, rows, vector(7))
    templates[gone].delete()
    same(process, rows, vector(7))


def test_removing_all_and_adding_again(rows):
    process = rows.process()
    for template in [rows.add(vector(number)) for number in range(3)]:
        template.delete()
        same(process, rows, vector(7))
    rows.add(vector(8))
    same(process, rows, vector(7))


def test_added_and_removed_between_two_looks(rows):
    process = rows.process()
    rows.add(vector(1))
    same(process, rows, vector(7))
    rows.add(vector(2)).delete()
    same(process, rows, vector(7))


def test_random_changes_against_brute_force(rows):
    choose = random.Random(20)
    processes = [rows.process(), rows.process(), rows.process()]
    alive: list[FaceTemplate] = []
    for step in range(120):
        if alive and choose.random() < 0.45:
            alive.pop(choose.randrange(len(alive))).delete()
        else:
            alive.append(rows.add(vector(step)))
        if choose.random() < 0.5:
            same(choose.choice(processes), rows, vector(1000 + step))
    for process in processes:
        same(process, rows, vector(5000))


def test_more_than_the_first_reservation_holds(rows):
    process = rows.process()
    for number in range(70):
        rows.add(vector(number))
        if number in {0, 40}:
            same(process, rows, vector(99))
    same(process, rows, vector(99))


def test_another_clients_and_another_models_templates_are_not_in_it(rows):
    stranger = Rows("globex")
    probe = vector(1)
    stranger.add(probe)
    rows.add(probe, OTHER_MODEL)
    mine = rows.add(vector(2))
    found = rows.search(probe)
    assert [hit.template_pk for hit in found.hits] == [mine.pk]
    assert found.size == 1


def test_a_change_that_is_undone_is_not_seen(rows):
    rows.add(vector(1))
    process = rows.process()
    with transaction.atomic():
        rows.add(vector(2))
        transaction.set_rollback(True)
    same(process, rows, vector(3))
    rows.add(vector(4))
    same(process, rows, vector(3))


def test_a_database_put_back_to_an_earlier_state(rows):
    process = rows.process()
    kept, lost = rows.add(vector(1)), rows.add(vector(2))
    same(process, rows, vector(3))
    lost.delete()
    GalleryChange.objects.filter(sequence__gt=1).delete()
    GalleryHead.objects.update(sequence=1)
    same(process, rows, vector(3))
    assert brute_force(rows, vector(3))[0][0] == kept.pk


def test_users_that_are_switched_off_do_not_hide_one_who_is_not(rows):
    """Twenty nearer ones fill the first places."""
    probe = vector(1)
    far = rows.add(vector(2))
    for number in range(20):
        near = probe + 0.1 * vector(100 + number)
        rows.add(near / np.linalg.norm(near))
    Subject.objects.exclude(pk=far.subject_id).update(is_active=False)
    found = rows.search(probe)
    assert [hit.template_pk for hit in found.hits] == [far.pk]
    assert found.size == 21


def test_hits_come_best_first_with_what_a_decision_needs(rows):
    templates = [rows.add(vector(number)) for number in range(8)]
    found = rows.search(vector(3))
    assert found.hits[0].template_pk == templates[3].pk
    assert found.hits[0].subject_pk == templates[3].subject_id
    assert found.hits[0].cosine == pytest.approx(1, abs=1e-6)
    assert found.hits[0].sample_count == 1
    cosines = [hit.cosine for hit in found.hits]
    assert cosines == sorted(cosines, reverse=True)


def test_the_least_recently_used_gallery_is_dropped(monkeypatch):
    monkeypatch.setattr(gallery, "_MAX_BYTES", 64 * MODEL.dimension * 4)
    for name in ("one", "two", "three"):
        client = Rows(name)
        client.add(vector(1))
        assert client.search(vector(1)).size == 1
    assert len(gallery._galleries._by_key) <= 2


def test_one_users_template(rows):
    template = rows.add(vector(1))
    rows.add(vector(2))
    subject = template.subject_id
    assert gallery.template_of(subject_pk=subject, model=MODEL) == template
    assert gallery.template_of(subject_pk=subject, model=OTHER_MODEL) is None
    Subject.objects.update(is_active=False)
    assert gallery.template_of(subject_pk=subject, model=MODEL) is None
