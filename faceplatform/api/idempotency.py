"""Idempotency-Key on writes: a repeated request gets the answer to the first one.

After the IETF draft "The Idempotency-Key HTTP Header Field": a key used with another request is
422, and a key whose first request is still running is 409. Answers are kept for a day. An answer of
429, or of 500 or above, is not kept, so that the request can be retried. A key belongs to the
caller that used it: a client, or the holder of one session's token.
"""

import hashlib
import json
import logging
import re
from contextvars import ContextVar
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar, NoReturn

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from faceplatform import crypto
from faceplatform.api.callers import SESSION_TOKEN_HEADER, caller_of
from faceplatform.api.models import IdempotentRequest
from faceplatform.api.views import MainView
from faceplatform.erasure import Owner
from faceplatform.errors import FaceplatformError
from faceplatform.housekeeping import delete_some
from faceplatform.transactions import is_conflict, retried

log = logging.getLogger(__name__)
KEPT_FOR = timedelta(hours=24)
# No request runs this long: an older row without an answer was left by a killed process.
_ABANDONED_AFTER = timedelta(minutes=2)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


# The claim of the request in hand.
_own: ContextVar[IdempotentRequest | None] = ContextVar("own_claim", default=None)


class IdempotencyKeyInvalid(FaceplatformError):
    code = "idempotency_key_invalid"
    status = 400
    title = "An Idempotency-Key has 1 to 255 printable ASCII characters"


class IdempotencyKeyReused(FaceplatformError):
    code = "idempotency_key_reused"
    status = 422
    title = "This Idempotency-Key was used with another request"


class IdempotencyInProgress(FaceplatformError):
    code = "idempotency_in_progress"
    status = 409
    title = "The first request with this Idempotency-Key is still running"


class _Replay(Exception):
    """Carries the kept answer from `initial` to `handle_exception`."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__()


class IdempotentWrites(MainView):
    """A view whose POST and DELETE honor Idempotency-Key.

    Attributes:
        shows_secrets: answers contain a secret that is shown once, so none is kept: the key has no
            effect.
    """

    shows_secrets: ClassVar[bool] = False
    _claim: IdempotentRequest | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key")
        if self.shows_secrets:
            return
        if key is not None and request.method in {"POST", "DELETE"}:
            self._claim = claim(request, key)
            _own.set(self._claim)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            return exc.response
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        _own.set(None)
        if self._claim is not None:
            _settle_or_log(self._claim, final)
        return final


def _settle_or_log(row: IdempotentRequest, response: Response) -> None:
    """Keep the answer. If the database is unreachable, log it: the caller still gets the answer."""
    try:
        settle(row, response)
    except (OperationalError, InterfaceError):
        log.exception("The answer to an Idempotency-Key could not be kept")


def claim(request: Request, key: str) -> IdempotentRequest | None:
    """Claim the key for this request; return None if no answers are kept for the caller.

    Raises:
        _Replay: the request was answered before.
        IdempotencyKeyInvalid, IdempotencyKeyReused, IdempotencyInProgress
    """
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyInvalid
    caller, now = caller_of(request), timezone.now()
    row = IdempotentRequest(
        client_id=caller.client.pk,
        key_digest=hashlib.sha256(caller.own_key(key).encode()).hexdigest(),
        request_digest=_digest(request),
        created_at=now,
    )
    mine = IdempotentRequest.objects.filter(client=row.client_id, key_digest=row.key_digest)
    abandoned = Q(created_at__lt=now - _ABANDONED_AFTER, status=None)
    _delete(mine.filter(Q(created_at__lt=now - KEPT_FOR) | abandoned))
    if not caller.keeps_answers:
        if not caller.is_cut_off and (kept := mine.first()) is not None:
            _answer_again(kept, row.request_digest)
        return None
    try:
        _insert(row)
    except IntegrityError as e:
        if is_conflict(e):  # not the key: the client is gone
            raise
        _answer_again(mine.first(), row.request_digest)
    return row


@retried
@transaction.atomic
def _insert(row: IdempotentRequest) -> None:
    row.save(force_insert=True)


@retried
def _delete(rows: QuerySet[IdempotentRequest]) -> None:
    rows.delete()


@retried
def settle(row: IdempotentRequest, response: Response) -> None:
    """Keep the answer, or release the key if a retry may help, or if a user was erased meanwhile.

    If the client was deleted in the meantime, its row is gone, and nothing is written.
    """
    mine = IdempotentRequest.objects.filter(pk=row.pk)
    if response.status_code >= 500 or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        mine.delete()
        return
    body = json.dumps({"data": response.data, "type": response.content_type}, cls=JSONEncoder)
    sealed = crypto.seal(body.encode(), context=_context(row))
    kept = mine.filter(is_forgotten=False).update(
        status=response.status_code, answer=sealed.data, answer_key_id=sealed.key_id
    )
    if not kept:
        mine.delete()


def remove_expired(*, limit: int) -> int:
    """Delete kept answers older than a day, the oldest first; return how many."""
    expired = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return delete_some(expired.order_by("created_at"), limit=limit)


def count_answers(owner: Owner) -> int:
    """Return the number of kept answers that `forget_answers` deletes."""
    return _answers(owner).count()


def forget_answers(owner: Owner) -> None:
    """Delete the kept answers of a client whose user is erased: they may name the user.

    Those to requests that are running are not kept, except to the one that erases: it names nobody.
    They are marked first: an answer that is kept meanwhile is either marked in time or deleted.
    """
    running = IdempotentRequest.objects.filter(client=owner.client_pk, status=None)
    if (own := _own.get()) is not None:
        running = running.exclude(pk=own.pk)
    running.update(is_forgotten=True)
    _answers(owner).delete()


def _answers(owner: Owner) -> QuerySet[IdempotentRequest]:
    return IdempotentRequest.objects.filter(client=owner.client_pk).exclude(status=None)


def _answer_again(row: IdempotentRequest | None, request_digest: str) -> NoReturn:
    if row is not None and row.request_digest != request_digest:
        raise IdempotencyKeyReused
    if row is None or row.status is None:  # None: it has just failed and released the key
        raise IdempotencyInProgress(retry_after=1)
    sealed = crypto.Sealed(row.answer_key_id, bytes(row.answer))
    kept = json.loads(crypto.unseal(sealed, context=_context(row)))
    headers = {"Idempotency-Replayed": "true"}
    raise _Replay(Response(kept["data"], row.status, headers=headers, content_type=kept["type"]))


def _context(row: IdempotentRequest) -> str:
    return f"idempotency:{row.client_id}:{row.key_digest}"


def _digest(request: Request) -> str:
    """Return a digest of the parsed request: raw multipart bytes differ when a client retries.

    It includes the session token of the header, just as it includes one in the path.
    """
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    digest.update(f"{request.headers.get(SESSION_TOKEN_HEADER, '')}\n".encode())
    data = request.data if isinstance(request.data, dict) else {"": request.data}
    for name in sorted(data):
        value = data[name]
        if isinstance(value, UploadedFile):
            content = hashlib.sha256(value.read()).hexdigest()
            value.seek(0)
        else:
            content = json.dumps(value, sort_keys=True, default=str)
        digest.update(f"{name}={content}\n".encode())
    return digest.hexdigest()
