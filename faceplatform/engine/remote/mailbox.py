"""The mailbox between web processes and workers: images and answers in short-lived Redis keys.

An image has a key of its own, outside the queue, whose messages are JSON and would carry its bytes
as base64. Admitting the image and queuing its task are one step. The time to live of the key is the
deadline: after it the image is gone, and a worker drops the task. If either side dies, nothing
biometric remains.

All times are read from the clock of Redis, never from that of a web process or a worker.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, cast

import redis
from django.conf import settings

# How long an answer survives if nobody takes it.
_ANSWER_MILLISECONDS = 5000
# How long an orphaned image survives. A live waiter deletes its own.
_GRACE_SECONDS = 1
# The socket timeout exceeds the longest wait by this much.
_SOCKET_SECONDS = 5
# A process that measures reports each second, and counts for this long after its last report.
_PRESENT_SECONDS = 5

# Sorted sets, scored in microseconds: names of images by their admission, processes that measure by
# the moment at which they stop counting.
_WAITING = "faceplatform:waiting"
_MEASURING = "faceplatform:measuring"
_WORKERS = "faceplatform:workers"

# Scripts are sent as text, not by digest: Redis caches them by itself, also after a restart.
_NOW = "local time = redis.call('TIME') local now = time[1] * 1000000 + time[2] "
_ADMIT = f"""{_NOW}
local image, waiting, measuring, workers, queue = unpack(KEYS)
local name, present, forgotten, oldest, share, intent, task = unpack(ARGV)
-- Drops expired members, and those in the future after the clock was set back.
local function keep(set, first, last)
    redis.call('ZREMRANGEBYSCORE', set, '-inf', first)
    redis.call('ZREMRANGEBYSCORE', set, last, '+inf')
end
keep(workers, now, now + present + 1)
keep(waiting, now - forgotten, now + 1)
keep(measuring, now - forgotten, now + 1)
local function answer()
    if intent == 'again' then return 'admitted' end
    local processes = redis.call('ZCARD', workers)
    if processes == 0 then return 'no_workers' end
    local first = redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')
    if first[2] and now - first[2] > tonumber(oldest) then return 'stuck' end
    local frames = redis.call('ZCARD', waiting) + redis.call('ZCARD', measuring)
    if frames >= processes * (1 + share) then return 'full' end
    return 'admitted'
end
local admission = answer()
if intent == 'ask' then return admission end
if admission == 'admitted' then
    redis.call('ZADD', waiting, now, name)
    redis.call('LPUSH', queue, task)
else
    redis.call('DEL', image)
end
return admission
"""
_TAKE = f"""{_NOW}
local image, waiting, measuring = unpack(KEYS)
local since = redis.call('ZSCORE', waiting, ARGV[1])
redis.call('ZREM', waiting, ARGV[1])
if not since or redis.call('EXISTS', image) == 0 then return 0 end
redis.call('ZADD', measuring, now, ARGV[1])
return now - since
"""
_REGISTER = f"{_NOW} redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])"
_LOOK = f"""{_NOW}
local waiting, workers = unpack(KEYS)
local first = redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')
return {{
    redis.call('ZCARD', waiting),
    first[2] and now - first[2] or 0,
    redis.call('ZRANGEBYSCORE', workers, '(' .. string.format('%.0f', now), '+inf'),
}}
"""


class Admission(StrEnum):
    """The answer to an image that wants to wait. All but the first are refusals."""

    ADMITTED = "admitted"
    FULL = "full"  # as many frames as can be measured in time are waiting or in hand
    STUCK = "stuck"  # the oldest frame has waited too long: the workers take none
    NO_WORKERS = "no_workers"


class Taken(NamedTuple):
    """An image taken by a worker, and its time in the queue in milliseconds."""

    image: bytes
    waited: float


class Look(NamedTuple):
    """A snapshot of the queue.

    Attributes:
        waiting: the number of frames that no process has taken yet.
        oldest: the age of the oldest of them in seconds; 0 if there is none.
        processes: the names of the processes that measure, ``host:process id``.
    """

    waiting: int
    oldest: float
    processes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The mailbox in Redis. Each call is one round trip. Safe to share between threads.

    Every method raises redis.RedisError if Redis does not answer.
    """

    client: redis.Redis

    def post(
        self, name: str, image: bytes, *, task: bytes, seconds: float, again: bool = False
    ) -> Admission:
        """Store an image until it is taken, withdrawn or late, and queue its task.

        Args:
            task: the message that makes a worker take the image, from `envelope.message`.
            seconds: the deadline, from now.
            again: the image was admitted before and its worker was lost: it may wait for the
                next one, however full the queue is.

        Returns:
            the admission; after a refusal nothing of the image is left.
        """
        with self.client.pipeline(transaction=False) as pipe:
            # Not through the script, whose interpreter would hold on to images.
            pipe.set(_image_key(name), image, px=int((seconds + _GRACE_SECONDS) * 1000))
            pipe.eval(_ADMIT, 5, *_admit_arguments(name, "again" if again else "post", task))
            _, admission = pipe.execute()
        return Admission(admission.decode())

    def ask(self) -> Admission:
        """Return the admission that an image would get now."""
        admission = self.client.eval(_ADMIT, 5, *_admit_arguments("", "ask", b""))
        return Admission(cast("bytes", admission).decode())

    def take(self, name: str) -> Taken | None:
        """Remove and return an image; None if nobody waits for it any more."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.eval(_TAKE, 3, _image_key(name), _WAITING, _MEASURING, name)
            pipe.getdel(_image_key(name))
            waited, image = pipe.execute()
        return None if image is None else Taken(image, waited / 1000)

    def answer(self, name: str, answer: bytes) -> None:
        """Deliver an answer to the process that waits for it."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.rpush(_answer_key(name), answer)
            pipe.pexpire(_answer_key(name), _ANSWER_MILLISECONDS)
            pipe.zrem(_MEASURING, name)
            pipe.execute()

    def wait(self, name: str, *, seconds: float) -> bytes | None:
        """Block until there is an answer, remove and return it; None once the time is over."""
        popped = self.client.blpop([_answer_key(name)], timeout=max(0.01, seconds))
        return None if popped is None else cast("bytes", popped[1])

    def withdraw(self, name: str) -> bool:
        """Cancel the request. Return True if no worker had taken the image."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.delete(_image_key(name))
            pipe.delete(_answer_key(name))
            pipe.zrem(_WAITING, name)
            pipe.zrem(_MEASURING, name)
            untouched, *_ = pipe.execute()
        return bool(untouched)

    def register(self, process: str) -> None:
        """Count this process among those that measure for the next few seconds."""
        self.client.eval(_REGISTER, 1, _WORKERS, process, _microseconds(_PRESENT_SECONDS))

    def unregister(self, process: str) -> None:
        """Stop counting this process."""
        self.client.zrem(_WORKERS, process)

    def look(self) -> Look:
        """Return a snapshot of the queue."""
        waiting, oldest, processes = self.client.eval(_LOOK, 2, _WAITING, _WORKERS)
        return Look(waiting, oldest / 1e6, tuple(name.decode() for name in processes))


@lru_cache(maxsize=1)
def mailbox() -> Mailbox:
    """Return the mailbox of this process. It connects on first use."""
    timeout = settings.FACEPLATFORM_FRAME_SECONDS + _SOCKET_SECONDS
    return Mailbox(
        redis.Redis.from_url(
            settings.CELERY_BROKER_URL,
            socket_connect_timeout=2,
            socket_timeout=timeout,
            socket_keepalive=True,
        )
    )


def _image_key(name: str) -> str:
    return f"faceplatform:image:{name}"


def _answer_key(name: str) -> str:
    return f"faceplatform:answer:{name}"


def _admit_arguments(name: str, intent: str, task: bytes) -> tuple[str | int | bytes, ...]:
    """Return the five keys of _ADMIT, then its arguments."""
    return (
        *(_image_key(name), _WAITING, _MEASURING, _WORKERS, settings.FACEPLATFORM_FRAMES_QUEUE),
        name,
        _microseconds(_PRESENT_SECONDS),
        _microseconds(settings.FACEPLATFORM_FRAME_SECONDS + _GRACE_SECONDS),
        _microseconds(settings.FACEPLATFORM_QUEUE_SECONDS),
        settings.FACEPLATFORM_QUEUE_PER_PROCESS,
        intent,
        task,
    )


def _microseconds(seconds: float) -> int:
    return int(seconds * 1_000_000)
