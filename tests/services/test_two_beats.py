"""Two schedulers at once: every overdue session expires, each once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from enrollment.models import EnrollmentSession
from faceplatform.sessions.tasks import expire_sessions
from tests.services.marks import services

pytestmark = [*services, pytest.mark.django_db(transaction=True)]


def test_each_session_expires_once(api, stage, heard):
    for number in range(20):
        api.post_frame(api.enrollment_token(f"user-{number}"), stage.frame(f"user-{number}"))
    EnrollmentSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    barrier = Barrier(2, timeout=30)

    def beat(_) -> None:
        barrier.wait()
        try:
            expire_sessions()
        finally:
            connection.close()

    heard.clear()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(beat, range(2)))
    assert set(EnrollmentSession.objects.values_list("status", flat=True)) == {"expired"}
    assert len(heard) == len({event.session_id for event in heard}) == 20
