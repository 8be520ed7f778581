"""Where pictures wait for a worker, and answers for who asked: Redis keys that live for seconds.

The picture lies beside the queue, not in it: the queue's messages are JSON, in which bytes would
travel as base64. It is admitted and its task queued in one step. Its key's time to live is the
deadline: once it has passed there is no picture, and a worker drops the task. Whatever becomes of
either side, nothing biometric stays.

Every moment is read off Redis's clock, and none off that of a machine that asks or measures.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, cast

import redis
from django.conf import settings

# How long an answer waits for somebody who is about to take it.
_ANSWER_MILLISECONDS = 5000
# Who waits withdraws a picture that nobody took; who was killed leaves it for this long.
_GRACE_SECONDS = 1
# A socket outlives the longest wait by this much.
_SOCKET_SECONDS = 5
# A process that measures says so each second, and counts for this long after it last did.
_PRESENT_SECONDS = 5

# Sorted sets by microseconds: names of pictures by when they were admitted, processes that measure
# by when they stop to count.
_WAITING = "faceplatform:waiting"
_MEASURING = "faceplatform:measuring"
_WORKERS = "faceplatform:workers"

# As text, not by its digest: Redis knows it again by itself, also after a restart.
_NOW = "local time = redis.call('TIME') local now = time[1] * 1000000 + time[2] "
_ADMIT = f"""{_NOW}
local picture, waiting, measuring, workers, queue = unpack(KEYS)
local name, present, forgotten, oldest, share, intent, task = unpack(ARGV)
-- Also what the clock's being set back has put into the future.
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
    redis.call('DEL', picture)
end
return admission
"""
_TAKE = f"""{_NOW}
local picture, waiting, measuring = unpack(KEYS)
local since = redis.call('ZSCORE', waiting, ARGV[1])
redis.call('ZREM', waiting, ARGV[1])
if not since or redis.call('EXISTS', picture) == 0 then return 0 end
redis.call('ZADD', measuring, now, ARGV[1])
return now - since
"""
_ATTEND = f"{_NOW} redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])"
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
    """Whether a picture may wait: the last three say why not."""

    ADMITTED = "admitted"
    FULL = "full"  # as many frames as can be measured in time wait or are measured already
    STUCK = "stuck"  # the oldest frame waits for too long: the workers take none
    NO_WORKERS = "no_workers"


class Taken(NamedTuple):
    """A picture in the hands of a worker, and how long it waited for that, in milliseconds."""

    picture: bytes
    waited: float


class Look(NamedTuple):
    """The queue at one moment.

    Attributes:
        waiting: frames that no process has taken yet.
        oldest: for how many seconds the oldest of them waits; 0 when there is none.
        processes: the names of those that measure, ``host:process id``.
    """

    waiting: int
    oldest: float
    processes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Each call is one round trip. Safe to share between threads.

    Every method raises redis.RedisError when Redis does not answer.
    """

    client: redis.Redis

    def post(
        self, name: str, picture: bytes, *, task: bytes, seconds: float, again: bool = False
    ) -> Admission:
        """Leave a picture until it is taken or withdrawn, hardly longer than that.

        Args:
            task: the message that has a worker take it, from `envelope.message`.
            again: the picture was admitted before and its worker was lost: it may wait for the
                next one, whatever the queue is like now.

        Returns:
            Whether it may wait; when not, nothing of it is left.
        """
        with self.client.pipeline(transaction=False) as pipe:
            # Beside the script, not through it: the pictures would stay in its interpreter.
            pipe.set(_picture(name), picture, px=int((seconds + _GRACE_SECONDS) * 1000))
            pipe.eval(_ADMIT, 5, *_admitting(name, "again" if again else "post", task))
            _, admission = pipe.execute()
        return Admission(admission.decode())

    def ask(self) -> Admission:
        """Whether a picture may wait that came now."""
        admission = self.client.eval(_ADMIT, 5, *_admitting("", "ask", b""))
        return Admission(cast("bytes", admission).decode())

    def take(self, name: str) -> Taken | None:
        """The picture, removed; None when nobody waits for it any more."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.eval(_TAKE, 3, _picture(name), _WAITING, _MEASURING, name)
            pipe.getdel(_picture(name))
            waited, picture = pipe.execute()
        return None if picture is None else Taken(picture, waited / 1000)

    def answer(self, name: str, answer: bytes) -> None:
        """Hand an answer to who waits for it."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.rpush(_answer(name), answer)
            pipe.pexpire(_answer(name), _ANSWER_MILLISECONDS)
            pipe.zrem(_MEASURING, name)
            pipe.execute()

    def wait(self, name: str, *, seconds: float) -> bytes | None:
        """The answer as soon as there is one, removed; None when the time is over."""
        popped = self.client.blpop([_answer(name)], timeout=max(0.01, seconds))
        return None if popped is None else cast("bytes", popped[1])

    def withdraw(self, name: str) -> bool:
        """Ask for it no more; returns whether no worker had taken the picture."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.delete(_picture(name))
            pipe.delete(_answer(name))
            pipe.zrem(_WAITING, name)
            pipe.zrem(_MEASURING, name)
            untouched, *_ = pipe.execute()
        return bool(untouched)

    def attend(self, process: str) -> None:
        """Count as a process that measures, for some seconds from now."""
        self.client.eval(_ATTEND, 1, _WORKERS, process, _microseconds(_PRESENT_SECONDS))

    def leave(self, process: str) -> None:
        """Count no more."""
        self.client.zrem(_WORKERS, process)

    def look(self) -> Look:
        """How many frames wait, since when, and for whom."""
        waiting, oldest, processes = self.client.eval(_LOOK, 2, _WAITING, _WORKERS)
        return Look(waiting, oldest / 1e6, tuple(name.decode() for name in processes))


@lru_cache(maxsize=1)
def mailbox() -> Mailbox:
    """The mailbox of this process; connects when it is first used."""
    timeout = settings.FACEPLATFORM_FRAME_SECONDS + _SOCKET_SECONDS
    return Mailbox(
        redis.Redis.from_url(
            settings.CELERY_BROKER_URL,
            socket_connect_timeout=2,
            socket_timeout=timeout,
            socket_keepalive=True,
        )
    )


def _picture(name: str) -> str:
    return f"faceplatform:picture:{name}"


def _answer(name: str) -> str:
    return f"faceplatform:answer:{name}"


def _admitting(name: str, intent: str, task: bytes) -> tuple[str | int | bytes, ...]:
    """The five keys of _ADMIT, and its arguments."""
    return (
        *(_picture(name), _WAITING, _MEASURING, _WORKERS, settings.FACEPLATFORM_FRAMES_QUEUE),
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
