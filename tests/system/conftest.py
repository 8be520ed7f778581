"""Rows for the tests of the admin."""

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from analytics.models import AlertRecord
from audit import counting
from audit.models import SecurityEvent
from capture.models import CaptureLook
from clients.models import (
    AddressAttempts,
    Client,
    ErasedThing,
    ErasureTrigger,
    Subject,
    SubjectGroup,
)
from clients.users.erasure import issue_receipt
from faceplatform import suspicion
from imports.models import ImportJob
from legacy.models import GalleryMember, LegacyAccount
from tests.webhooks.endpoints import endpoint_of, finished


@pytest.fixture
def rows(api, stage):
    """Create a row in every table that the admin shows."""
    add_rows(api, stage, "alice", address="203.0.113.7")


def add_rows(api, stage, name, *, address):
    """Add a user and what belongs to one, and a row of each other kind."""
    api.enroll(stage, name)
    api.verify(stage.frame(name), user_id=name)
    group = SubjectGroup.objects.create(client=api.client, name=name)
    subject = Subject.objects.get(user_id=name)
    GalleryMember.objects.create(group=group, username=name, subject=subject)
    LegacyAccount.objects.create(client=api.client, username=name, fullname="Ada", password="!")
    ImportJob.objects.create(client=api.client)
    CaptureLook.objects.get_or_create(client=api.client)
    now = timezone.now()
    AddressAttempts.objects.create(
        client=api.client, address=address, failures=50, failed_at=now, locked_at=now
    )
    finished(endpoint_of(api))
    AlertRecord.objects.create(client=api.client, alert="user_locked", raised_at=timezone.now())
    suspicion.tell(suspicion.Hint.UNKNOWN_ID, client_pk=api.client.pk)
    counting.flush()
    issue_receipt(
        api.client.pk, ErasedThing.ENROLLMENT, trigger=ErasureTrigger.RETENTION, counts={}
    )


def add_row_of_staff(number: int) -> None:
    """Add a client with a look, what strangers caused, and an account and a role of staff."""
    client = Client.objects.create(name=f"client {number}")
    CaptureLook.objects.create(client=client)
    User.objects.create_user(f"staff {number}")
    Group.objects.create(name=f"role {number}")
    times = dict.fromkeys(("hour", "first_at", "last_at"), timezone.now())
    kind = {"kind": "unknown_id", "severity": "low", "count": 1}
    SecurityEvent.objects.create(key=f"key {number}", **kind, **times)
