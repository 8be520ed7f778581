"""The cost of recognizing a replayed frame among those that a client's sessions used."""

from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from django.core.management import call_command
from django.db import connection, transaction

from bench.table import Row, Table
from clients import credentials
from faceplatform.sessions import replay

_FRAMES = 10_000
_AT_ONCE = 500
_ROUNDS = 200
# Bits in which a frame differs from the empty booth: two frames then differ in a quarter of the
# bits, like images of two people in front of one wall. Images of different places differ in half of
# them.
_UNLIKE_THE_BOOTH = 37


def replays() -> Table:
    call_command("migrate", verbosity=0)
    before = _database_bytes()
    rows = _measure("of different places", unlike=None)
    size = (_database_bytes() - before) / _FRAMES
    rows.append(Row("a frame that is remembered", size, "bytes", "", "in SQLite, indexes included"))
    rows += _measure("before one wall", unlike=_UNLIKE_THE_BOOTH)
    return Table(f"Replays among {_FRAMES:,} frames, on SQLite (median)", rows)


def _measure(name: str, *, unlike: int | None) -> list[Row]:
    client_pk = credentials.create_client(name).credential.client.pk
    generator = np.random.default_rng(0)
    booth = generator.integers(0, 2, 256, dtype=np.uint8)

    def fingerprint() -> bytes:
        if unlike is None:
            return generator.bytes(32)
        bits = booth.copy()
        bits[generator.choice(256, unlike, replace=False)] ^= 1
        return np.packbits(bits).tobytes()

    for _ in range(_FRAMES // _AT_ONCE):
        with transaction.atomic():
            for _ in range(_AT_ONCE):
                _remember(client_pk, fingerprint())
    looked, written = [], []
    for _ in range(_ROUNDS):
        frame = fingerprint()
        looked.append(_milliseconds(replay.is_known, client_pk=client_pk, fingerprint=frame))
        written.append(_milliseconds(_remember, client_pk, frame))
    return [
        Row(f"looked for, {name}", median(looked), "ms"),
        Row(f"remembered, {name}", median(written), "ms"),
    ]


def _remember(client_pk: int, fingerprint: bytes) -> None:
    with transaction.atomic():
        replay.remember(client_pk=client_pk, subject_pk=None, fingerprint=fingerprint, days=30)


def _milliseconds(call: Any, *args: Any, **kwargs: Any) -> float:
    start = perf_counter()
    call(*args, **kwargs)
    return 1000 * (perf_counter() - start)


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return int(cursor.fetchone()[0])
