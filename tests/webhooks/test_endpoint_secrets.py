"""Secrets of endpoints: sealed, shown once, replaced with an overlap."""

import base64
import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from faceplatform.api.redaction import redact
from faceplatform.crypto import DecryptionFailed
from webhooks import endpoint_secrets, signing
from webhooks.models import Endpoint, EndpointSecret

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def endpoint(api):
    return Endpoint.objects.create(client=api.client, name="backend", url="https://example.com/")


def in_use(endpoint, after: timedelta = timedelta()) -> list[str]:
    """Return the secrets that sign after that time."""
    keys = endpoint_secrets.keys_in_use(endpoint, timezone.now() + after)
    return [signing.secret_text(key) for key in keys]


def test_the_issued_secret_signs(endpoint):
    assert in_use(endpoint) == []
    text = endpoint_secrets.issue(endpoint)
    assert in_use(endpoint) == [text]


def test_a_replaced_secret_signs_until_its_overlap_ends(endpoint):
    old = endpoint_secrets.issue(endpoint)
    new = endpoint_secrets.regenerate(endpoint, overlap=HOUR)
    assert new != old
    assert in_use(endpoint, HOUR / 2) == [new, old]
    assert in_use(endpoint, 2 * HOUR) == [new]


def test_without_an_overlap_it_ends_at_once(endpoint):
    endpoint_secrets.issue(endpoint)
    endpoint_secrets.regenerate(endpoint, overlap=HOUR)
    new = endpoint_secrets.regenerate(endpoint, overlap=timedelta())
    assert in_use(endpoint) == [new]
    assert EndpointSecret.objects.count() == 1


def test_a_further_replacement_shortens_an_overlap_and_never_prolongs_it(endpoint):
    first = endpoint_secrets.issue(endpoint)
    second = endpoint_secrets.regenerate(endpoint, overlap=2 * HOUR)
    third = endpoint_secrets.regenerate(endpoint, overlap=HOUR)
    assert in_use(endpoint, HOUR / 2) == [third, second, first]
    assert in_use(endpoint, HOUR + HOUR / 2) == [third]
    endpoint_secrets.regenerate(endpoint, overlap=timedelta())
    fourth = endpoint_secrets.regenerate(endpoint, overlap=HOUR)
    fifth = endpoint_secrets.regenerate(endpoint, overlap=5 * HOUR)
    assert in_use(endpoint, 2 * HOUR) == [fifth, fourth]


def test_few_are_in_use_at_a_time(endpoint):
    endpoint_secrets.issue(endpoint)
    for _ in range(endpoint_secrets.MOST_IN_USE - 1):
        endpoint_secrets.regenerate(endpoint, overlap=HOUR)
    before = in_use(endpoint)
    with pytest.raises(endpoint_secrets.TooManyWebhookSecrets):
        endpoint_secrets.regenerate(endpoint, overlap=HOUR)
    assert in_use(endpoint) == before
    assert len(before) == endpoint_secrets.MOST_IN_USE
    assert in_use(endpoint, 2 * HOUR) == before[:1]


def test_ended_secrets_are_removed_with_the_next_replacement(endpoint):
    endpoint_secrets.issue(endpoint)
    EndpointSecret.objects.update(expires_at=timezone.now() - HOUR)
    endpoint_secrets.regenerate(endpoint, overlap=HOUR)
    assert EndpointSecret.objects.count() == 1


def test_each_endpoint_has_its_own(endpoint, api, django_assert_num_queries):
    other = Endpoint.objects.create(client=api.client, name="other", url="https://example.com/")
    texts = {each.pk: [endpoint_secrets.issue(each)] for each in (endpoint, other)}
    texts[other.pk].insert(0, endpoint_secrets.regenerate(other, overlap=HOUR))
    with django_assert_num_queries(1):
        keys = endpoint_secrets.keys_by_endpoint([endpoint.pk, other.pk], timezone.now())
    found = {pk: [signing.secret_text(key) for key in of_one] for pk, of_one in keys.items()}
    assert found == texts


def test_the_database_and_representations_do_not_contain_it(endpoint):
    text = endpoint_secrets.issue(endpoint)
    key = base64.b64decode(text.removeprefix("whsec_"))
    secret = EndpointSecret.objects.get()
    assert key not in bytes(secret.key)
    for shown in (repr(secret), str(secret), repr(endpoint)):
        assert text.removeprefix("whsec_") not in shown


def test_a_row_opens_in_no_other_place(endpoint):
    endpoint_secrets.issue(endpoint)
    endpoint_secrets.regenerate(endpoint, overlap=HOUR)
    first, second = EndpointSecret.objects.order_by("pk")
    second.key = first.key
    with pytest.raises(DecryptionFailed):
        second.unseal_column("key")


def test_issuing_logs_nothing_and_a_logged_secret_is_cut_out(endpoint, caplog):
    with caplog.at_level(logging.DEBUG):
        texts = [endpoint_secrets.issue(endpoint)]
        texts += [endpoint_secrets.regenerate(endpoint, overlap=HOUR) for _ in range(2)]
    # With every character of base64, as not each random key has.
    texts.append(signing.secret_text(b"\xfb\xff\xfe" * 10 + b"\xff\xff"))
    for text in texts:
        assert text not in caplog.text
        assert redact(f"[{text}]") == "[whsec_[redacted]]"
        assert redact(repr({"secret": text})) == "{'secret': 'whsec_[redacted]'}"


def test_rotation_of_the_template_keys_covers_it(endpoint, settings):
    old, new = (
        f"{name}:{base64.b64encode(name[:1].encode() * 32).decode()}" for name in ("o", "n")
    )
    settings.FACEPLATFORM_TEMPLATE_KEYS = [old]
    text = endpoint_secrets.issue(endpoint)
    settings.FACEPLATFORM_TEMPLATE_KEYS = [new, old]
    call_command("rotate_template_keys", stdout=StringIO())
    settings.FACEPLATFORM_TEMPLATE_KEYS = [new]
    assert EndpointSecret.objects.get().key_id == "n"
    assert in_use(endpoint) == [text]
