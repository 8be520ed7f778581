"""Rows for the tests of the admin."""

import pytest
from django.utils import timezone

from analytics.models import AlertRecord
from audit import counting
from clients.models import AddressAttempts, ErasedThing, ErasureTrigger, Subject, SubjectGroup
from clients.users.erasure import issue_receipt
from faceplatform import suspicion
from imports.models import ImportJob
from legacy.models import GalleryMember, LegacyAccount
from tests.webhooks.endpoints import endpoint_of, finished


@pytest.fixture
def rows(api, stage):
    """Create a row in every table that the admin shows."""
    api.enroll(stage, "alice")
    api.verify(stage.frame("alice"))
    group = SubjectGroup.objects.create(client=api.client, name="gallery")
    GalleryMember.objects.create(group=group, username="alice", subject=Subject.objects.get())
    LegacyAccount.objects.create(client=api.client, username="ada", fullname="Ada", password="!")
    ImportJob.objects.create(client=api.client)
    AddressAttempts.objects.create(client=api.client, address="203.0.113.7", failures=50)
    finished(endpoint_of(api))
    AlertRecord.objects.create(client=api.client, alert="user_locked", raised_at=timezone.now())
    suspicion.tell(suspicion.Hint.UNKNOWN_ID, client_pk=api.client.pk)
    counting.flush()
    issue_receipt(
        api.client.pk, ErasedThing.ENROLLMENT, trigger=ErasureTrigger.RETENTION, counts={}
    )
