"""Where pictures wait for a worker, and answers for who asked: Redis keys that live for seconds.

The picture lies beside the queue, not in it: the queue's messages are JSON, in which bytes would
travel as base64. Its key's time to live is the deadline, told by Redis's clock alone: once it has
passed there is no picture, and a worker drops the task. Whatever becomes of either side, nothing
biometric stays.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import redis
from django.conf import settings

# How long an answer waits for somebody who is about to take it.
_ANSWER_MILLISECONDS = 5000
# Who waits withdraws a picture that nobody took; who was killed leaves it for this long.
_GRACE_SECONDS = 1
# A socket outlives the longest wait by this much.
_SOCKET_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Each call is one round trip. Safe to share between threads.

    Every method raises redis.RedisError when Redis does not answer.
    """

    client: redis.Redis

    def waiting(self, queue: str) -> int:
        """How many tasks of a queue no worker has taken yet."""
        return int(self.client.llen(queue))

    def post(self, name: str, picture: bytes, *, seconds: float) -> None:
        """Leave a picture until it is taken or withdrawn, hardly longer than that."""
        self.client.set(_picture(name), picture, px=int((seconds + _GRACE_SECONDS) * 1000))

    def take(self, name: str) -> bytes | None:
        """The picture, removed; None when nobody waits for it any more."""
        return cast("bytes | None", self.client.getdel(_picture(name)))

    def answer(self, name: str, answer: bytes) -> None:
        """Hand an answer to who waits for it."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.rpush(_answer(name), answer)
            pipe.pexpire(_answer(name), _ANSWER_MILLISECONDS)
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
            untouched, _ = pipe.execute()
        return bool(untouched)


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
