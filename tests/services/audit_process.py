"""One process of the audit log's tests.

    python -m tests.services.audit_process DATABASE CLIENT NUMBER killed|finished

Says "ready" and waits for a line. Then it inserts that many entries, a transaction each, and seals
some after every fifth. It ends by itself, or is killed at once when the last one is committed.
"""

import json
import os
import signal
import sys

import django


def main(database: str, client_pk: int, number: int, end: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test_services")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()

    from django.db import transaction

    from audit import sealing
    from audit.actions import Action
    from audit.recording import SYSTEM, Act, record

    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    for position in range(number):
        with transaction.atomic():
            facts = {"process": os.getpid(), "position": position}
            record(
                Act(action=Action.IMPORT_STARTED, client_pk=client_pk, facts=facts, actor=SYSTEM)
            )
        if position % 5 == 0 and end == "finished":
            sealing.seal(limit=7)
    print(json.dumps(number), flush=True)  # noqa: T201
    if end == "killed":
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
