"""The scene in which something is deleted."""

from itertools import count

import pytest

from clients.models import Client
from faceplatform import transactions
from legacy import accounts
from tests.api.gone_meanwhile.calls import KEPT, LOGIN, Scene
from tests.legacy.conftest import DIALECTS


@pytest.fixture
def scene(make_api, stage, settings, monkeypatch):
    monkeypatch.setattr(transactions, "sleep", lambda _: None)  # nobody else is to be waited for
    numbers = count()

    def make() -> Scene:
        for model in (Client, *KEPT):  # so that each scene has as much to clean up
            model.objects.all().delete()
        api = make_api(f"acme {next(numbers)}", duplicate_face="allow")
        settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(DIALECTS, api.client.name)
        settings.FACEPLATFORM_LEGACY_RESET = True
        scene = Scene(
            api=api,
            stage=stage,
            enrollment_id=api.enroll(stage, "alice", frames=1)["enrollment_id"],
            enrollment=api.enrollment_token("alice", target_samples=1),
            verification=api.authentication_token("alice"),
        )
        accounts.create(api.client, fullname="Ada Lovelace", **LOGIN)
        return scene

    return make
