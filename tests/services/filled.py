"""Twenty clients with 300 users each, and all that belongs to them."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from authentication.models import AuthenticationSession, ProbeSample
from capture.models import CaptureLink, CaptureLook
from clients import credentials
from clients.credentials import IssuedCredential
from clients.models import Client, Credential, Subject, SubjectGroup
from enrollment.models import (
    EnrollmentImage,
    EnrollmentSample,
    EnrollmentSession,
    FaceTemplate,
    GalleryChange,
    GalleryHead,
)
from faceplatform.api.models import IdempotentRequest
from faceplatform.engine import testing as fake
from faceplatform.engine.testing import MODEL
from faceplatform.sessions.models import SeenBand, SeenFrame
from legacy.models import GalleryMember, ImportedUser, LegacyAccount, LegacyLogin
from webhooks import endpoint_secrets
from webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, Subscription

CLIENTS = 20
USERS = 300  # of each client
OPEN = 10  # sessions of each client, of each kind, with samples

Row = TypeVar("Row", bound=Model)


@pytest.fixture(scope="module")
def issued(django_db_setup, django_db_blocker) -> Iterator[IssuedCredential]:
    """One of twenty clients with 300 users each, kept for all tests of the module."""
    with django_db_blocker.unblock():
        try:
            yield _filled()
        finally:
            call_command("flush", verbosity=0, interactive=False)


def _filled() -> IssuedCredential:
    issued = credentials.create_client("acme")
    now = timezone.now()
    others = _stored(Client(name=f"c{i}") for i in range(600))
    Credential.objects.bulk_create(
        Credential(client=client, api_key=f"key-{client.pk}", secret_digest="x")
        for client in others
    )
    for client in [issued.credential.client, *others[: CLIENTS - 1]]:
        _fill(client, now)
    tables = {model._meta.db_table for model in apps.get_models()}  # proxies share one
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE TABLE {', '.join(tables)}")
        cursor.fetchall()
    return issued


def _stored(rows: Iterable[Row]) -> list[Row]:
    """Write the rows at once. Return them with their keys, which MariaDB reports, not MySQL."""
    made = list(rows)
    stored = type(made[0])._default_manager
    stored.bulk_create(made)
    keys = stored.order_by("-pk").values_list("pk", flat=True)[: len(made)]
    for row, key in zip(reversed(made), keys, strict=True):
        row.pk = key
    return made


def _fill(client: Client, now: datetime) -> None:
    users = _stored(Subject(client=client, user_id=f"user-{i:04}") for i in range(USERS))
    done = _stored(
        _session(EnrollmentSession, client, user, now, status="completed", target_samples=1)
        for user in users
    )
    templates = [_template(session) for session in done]
    FaceTemplate.objects.bulk_create(templates)
    stored = FaceTemplate.objects.filter(client=client)
    GalleryChange.objects.bulk_create(
        GalleryChange(client_pk=client.pk, sequence=i, template_pk=template.pk)
        for i, template in enumerate(stored, start=1)
    )
    GalleryHead.objects.create(client_pk=client.pk, sequence=len(templates))
    authentications = _stored(
        _session(
            AuthenticationSession,
            client,
            user,
            now,
            status="completed",
            is_verification=True,
            matched_subject=user,
        )
        for user in users
    )
    for session in done[:OPEN]:
        EnrollmentImage.objects.bulk_create(
            EnrollmentImage(session=session, data=b"x", key_id="test") for _ in range(3)
        )
    _fill_samples(EnrollmentSample, done[: 5 * OPEN])
    _fill_samples(ProbeSample, authentications[: 5 * OPEN])
    IdempotentRequest.objects.bulk_create(
        IdempotentRequest(
            client=client,
            key_digest=_digest(client, i),
            request_digest="x",
            status=200,
            created_at=now - timedelta(minutes=i),
        )
        for i in range(USERS)
    )
    _fill_links(client, [*done, *authentications], now)
    _fill_seen(client, users, now)
    _fill_legacy(client, users, now)
    _fill_hooks(client, now)
    _fill_subscriptions(client)


def _fill_subscriptions(client: Client) -> None:
    """Subscribe further endpoints, to no event of a session."""
    endpoints = _stored(
        Endpoint(client=client, name=f"other {i}", url="https://example.com/") for i in range(12)
    )
    Subscription.objects.bulk_create(
        Subscription(endpoint=endpoint, pattern=pattern)
        for endpoint in endpoints
        for pattern in ("subject.*", "import.completed", "security.alert", "credentials.changed")
    )


def _fill_hooks(client: Client, now: datetime) -> None:
    endpoints = _stored(
        Endpoint(client=client, name=f"hook {i}", url="https://example.com/") for i in range(3)
    )
    for endpoint in endpoints:
        endpoint_secrets.issue(endpoint)
    Subscription.objects.bulk_create(
        Subscription(endpoint=endpoint, pattern="*") for endpoint in endpoints
    )
    states, types = DeliveryState.values, ("subject.created", "import.completed", "subject.erased")
    deliveries = _stored(
        Delivery(
            client=client,
            endpoint=endpoints[i % 3],
            message_id=f"msg_{client.pk}_{i}",
            event_type=types[i % 3],
            body="{}",
            occurred_at=now,
            state=states[i % 4],
            next_attempt_at=None if i % 4 else now,
            finished_at=now if i % 4 else None,
        )
        for i in range(2 * USERS)
    )
    Attempt.objects.bulk_create(
        Attempt(
            client=client,
            endpoint=delivery.endpoint,
            delivery=delivery,
            number=number,
            at=now - timedelta(minutes=number),
            milliseconds=20,
            status_code=500,
            error="status",
        )
        for delivery in deliveries
        for number in range(1, 3)
    )


def _fill_links(client: Client, sessions: list[Any], now: datetime) -> None:
    """Make two links to each session, one of them for another device, and the client's look."""
    CaptureLink.objects.bulk_create(
        CaptureLink(
            digest=_digest(client, session.public_id, is_handover),
            client=client,
            subject=session.subject,
            session_id=session.public_id,
            is_handover=is_handover,
            session_token=b"x",
            key_id="test",
            created_at=now,
            expires_at=session.expires_at,
            session_expires_at=session.expires_at,
            redeemed_at=now,
        )
        for session in sessions
        for is_handover in (False, True)
    )
    look = CaptureLook(client=client)
    look.set_logo(b"x")
    look.save()


def _fill_seen(client: Client, users: list[Subject], now: datetime) -> None:
    frames = _stored(
        SeenFrame(client=client, subject=user, key_id="test", expires_at=now + timedelta(days=1))
        for user in users
    )
    SeenBand.objects.bulk_create(
        SeenBand(frame=frame, token=1000 * frame.pk + band)
        for frame in frames
        for band in range(16)
    )


def _fill_samples(model: Any, sessions: list[Any]) -> None:
    model.objects.bulk_create(
        model(session=session, fingerprint=b"x", vector=b"x", key_id="test", quality=1)
        for session in sessions
        for _ in range(3)
    )


def _fill_legacy(client: Client, users: list[Subject], now: datetime) -> None:
    groups = [
        SubjectGroup.objects.create(client=client, name=name)
        for name in ("gallery:staff", "galleries")
    ]
    membership = SubjectGroup.subjects.through
    membership.objects.bulk_create(
        membership(subjectgroup=group, subject=user) for group in groups for user in users[:100]
    )
    GalleryMember.objects.bulk_create(
        GalleryMember(group=groups[0], username=user.user_id, subject=user) for user in users[:100]
    )
    ImportedUser.objects.bulk_create(
        ImportedUser(subject=user, registered_at=now) for user in users[:20]
    )
    accounts = _stored(
        LegacyAccount(client=client, username=user.user_id, fullname="Ada", password="x")
        for user in users
    )
    LegacyLogin.objects.bulk_create(
        LegacyLogin(account=account, expires_at=now + timedelta(hours=1)) for account in accounts
    )


def _session(model: type, client: Client, user: Subject, now: datetime, **fields: Any) -> Any:
    return model(
        client=client,
        subject=user,
        token_digest=_digest(client, user.pk, model.__name__),
        capture_type="api",
        model_key=str(MODEL.key),
        created_at=now,
        expires_at=now + timedelta(minutes=10),
        finished_at=now,
        **fields,
    )


def _template(session: EnrollmentSession) -> FaceTemplate:
    template = FaceTemplate(
        client=session.client,
        subject=session.subject,
        enrollment=session,
        model_name=MODEL.name,
        model_version=MODEL.version,
        alignment=MODEL.alignment,
        dimension=MODEL.dimension,
        sample_count=1,
        quality=1.0,
        liveness_verified=False,
    )
    template.seal(fake.embedding(f"{session.client_id} {session.subject.user_id}"))
    return template


def _digest(client: Client, *parts: object) -> str:
    return hashlib.sha256(f"{client.pk} {parts}".encode()).hexdigest()
