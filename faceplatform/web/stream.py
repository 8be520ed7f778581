"""A WebSocket of frames (RFC 6455): each message is a call of process-image, each answer a message.

A message becomes the request that the caller would otherwise post, with the headers of the one
that opened the WebSocket. So token, throttle, limits, usage and audit are those of a single frame,
and the application needs no second way in. One message at a time is answered; meanwhile nothing is
read, so a fast sender is held up by TCP.
"""

import base64
import binascii
from copy import copy
from http import HTTPStatus
from io import SEEK_END
from typing import Any

from gunicorn.http.message import Request
from wsproto.connection import Connection as Protocol
from wsproto.connection import ConnectionState, ConnectionType
from wsproto.events import (
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import generate_accept_token

from faceplatform.api import streams
from faceplatform.conf import MAX_IMAGE_BYTES
from faceplatform.web.body import Content
from faceplatform.web.intake import Stage
from faceplatform.web.refusals import Refused, malformed, too_large

PATH = "/api/auth/stream/"
_CALLED = "process-image/"
PROTOCOL = "faceplatform.frames"
# Browsers can set no headers, so a page names its session in a subprotocol.
_TOKEN_PROTOCOL = "token."  # noqa: S105  (a prefix)
_VERSION = "13"
_NO_SESSION = "A stream names its session in X-Session-Token or in the subprotocol token."
_KEY_BYTES = 16

IDLE_SECONDS = 30
# Until a frame was taken, the caller may be anybody.
_STRANGER_SECONDS = 10
# Frames of the protocol for one message: a client that sends a message in a thousand pieces wants
# to occupy the loop. Parts of one frame are not counted, as the network cuts it as it likes.
_MOST_PIECES = 1000
# Between two messages. Clients ping every few seconds to find out if the server is still there.
_MOST_PINGS = 10
# Answers after which the next frame may succeed.
_GOES_ON = {
    HTTPStatus.OK,
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
_CLOSE_CODES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: CloseReason.MESSAGE_TOO_BIG,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: CloseReason.UNSUPPORTED_DATA,
    HTTPStatus.SERVICE_UNAVAILABLE: CloseReason.TRY_AGAIN_LATER,
    HTTPStatus.INTERNAL_SERVER_ERROR: CloseReason.INTERNAL_ERROR,
}
# What belongs to the opening, or to one call.
_DROPPED = {
    "ACCEPT",
    "CONNECTION",
    "CONTENT-LENGTH",
    "CONTENT-TYPE",
    "COOKIE",
    "IDEMPOTENCY-KEY",
    "TRANSFER-ENCODING",
    "UPGRADE",
    "X-REQUEST-ID",
    "X-SESSION-TOKEN",
}
_BOUNDARY = "faceplatform-frame"  # a JPEG, PNG or WebP could only contain it on purpose


def is_asked_for(request: Request) -> bool:
    """Return True if the request opens a stream, even if it does so wrongly."""
    upgrades = dict(request.headers).get("UPGRADE", "").lower()
    return bool(request.method == "GET" and request.path.endswith(PATH) and upgrades == "websocket")


def opened(request: Request, following: bytes) -> tuple["Stream", bytes]:
    """Open a stream.

    Args:
        following: bytes that came after the request.

    Returns:
        The stream and the answer to send.

    Raises:
        faceplatform.web.refusals.Refused: this is no correct opening of a WebSocket, or it names no
            session.
    """
    fields = dict(request.headers)
    if fields.get("SEC-WEBSOCKET-VERSION") != _VERSION:
        raise malformed(HTTPStatus.UPGRADE_REQUIRED)
    key = fields.get("SEC-WEBSOCKET-KEY", "")
    if not _is_key(key) or "upgrade" not in fields.get("CONNECTION", "").lower():
        raise malformed()
    protocols = [each.strip() for each in fields.get("SEC-WEBSOCKET-PROTOCOL", "").split(",")]
    token = _token_in(fields, protocols)
    if not token:
        raise Refused(400, "validation_failed", _NO_SESSION)
    head = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {generate_accept_token(key.encode()).decode()}",
        *([f"Sec-WebSocket-Protocol: {PROTOCOL}"] if PROTOCOL in protocols else []),
        "\r\n",
    ]
    return Stream(request, token, following), "\r\n".join(head).encode()


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _token_in(fields: dict[str, str], protocols: list[str]) -> str:
    of_page = [each for each in protocols if each.startswith(_TOKEN_PROTOCOL)]
    return fields.get("X-SESSION-TOKEN") or (of_page[0] if of_page else "").removeprefix(
        _TOKEN_PROTOCOL
    )


class Stream:
    """The messages of one WebSocket: in the place of `Intake`, once it is open.

    Attributes:
        is_known: a frame was taken, so the caller has a token and a session.
        shared: what its calls share; see `faceplatform.api.streams`.
    """

    def __init__(self, request: Request, token: str, following: bytes) -> None:
        self._opening, self._token = request, token
        self._protocol = Protocol(ConnectionType.SERVER, trailing_data=following)
        self._message = Content()
        self._stage, self._pieces, self._pings = Stage.NOTHING, 0, 0
        self._replies = b""  # to pings
        self.is_known = False
        self.shared: dict[str, Any] = {}

    @property
    def idle_seconds(self) -> int:
        """Time for the next frame to begin."""
        return IDLE_SECONDS if self.is_known else _STRANGER_SECONDS

    @property
    def stage(self) -> Stage:
        return self._stage

    @property
    def held(self) -> int:
        """Bytes of the message in memory."""
        return 0 if self._message.closed else self._message.tell()

    @property
    def missing(self) -> int:
        """0: the length of a message is not known."""
        return 0

    @property
    def is_open(self) -> bool:
        return self._protocol.state is ConnectionState.OPEN

    def feed(self, data: memoryview) -> bool:
        """Add bytes; return False.

        Raises:
            faceplatform.web.refusals.Refused: the message is refused, and the stream with it.
            ConnectionResetError: the peer closes.
        """
        self._protocol.receive_data(bytes(data))
        self._advance()
        return False

    def _advance(self) -> None:
        """Take events until a message is whole; later ones stay in the protocol's buffer."""
        for event in self._protocol.events():
            self._count(event)
            match event:
                case BytesMessage(data=data):
                    self._stage = Stage.BODY
                    self._message.write(data)
                    if self._message.tell() > MAX_IMAGE_BYTES:
                        raise too_large()
                    if event.message_finished:
                        self._stage = Stage.WHOLE
                        return
                case Ping():
                    self._replies += self._protocol.send(event.response())
                case CloseConnection():
                    # A breach of the protocol gets the code of it, a farewell is returned.
                    if self._protocol.state is not ConnectionState.CLOSED:
                        self._replies += self._protocol.send(event.response())
                    raise ConnectionResetError
                case TextMessage():
                    raise Refused(415, "unsupported_message", "A frame is a binary message")

    def _count(self, event: Event) -> None:
        if isinstance(event, Ping | Pong):
            self._pings += 1
        else:
            self._pieces += getattr(event, "frame_finished", True)
        if self._pieces > _MOST_PIECES or self._pings > _MOST_PINGS:
            raise malformed()

    def replies(self) -> bytes:
        """Return what is to be sent at once, and forget it."""
        replies, self._replies = self._replies, b""
        return replies

    def request(self) -> Request:
        """Return the whole message as the request that posts its frame."""
        if self._stage is not Stage.WHOLE:
            raise RuntimeError("the message is not whole")
        opening = self._opening
        request = copy(opening)
        request.method = "POST"
        request.path = opening.path[: -len(PATH)] + PATH.replace("stream/", _CALLED)
        request.uri, request.query = request.path, ""
        kept = [
            (name, value)
            for name, value in opening.headers
            if name not in _DROPPED and not name.startswith("SEC-WEBSOCKET-")
        ]
        as_client = any(name == "AUTHORIZATION" for name, _ in kept)
        request.body = self._form(names_session=as_client)
        size = request.body.seek(0, SEEK_END)
        request.body.seek(0)
        # With a client's token, the form names the session.
        own = [] if as_client or not self._token else [("X-SESSION-TOKEN", self._token)]
        request.headers = [
            *kept,
            *own,
            ("ACCEPT", "application/json"),
            ("CONTENT-TYPE", f"multipart/form-data; boundary={_BOUNDARY}"),
            ("CONTENT-LENGTH", str(size)),
        ]
        return request

    def _form(self, *, names_session: bool) -> Content:
        """Return the message as a form with the image, and the session's token."""
        form = Content()
        if names_session and self._token.isascii():
            form.write(_part("session_token") + self._token.encode())
        form.write(_part("image", f'; filename="frame"\r\n{_BINARY}') + self._message.getvalue())
        form.write(f"\r\n--{_BOUNDARY}--\r\n".encode())
        return form

    def answer(self, status: int, body: bytes) -> bytes:
        """Return the message that answers, with a farewell if the stream ends."""
        self.is_known |= status == HTTPStatus.OK
        goes_on = status in _GOES_ON and not streams.has_ended(self.shared)
        text = self._protocol.send(Message(data=body.decode()))
        if goes_on:
            return text
        code = CloseReason.NORMAL_CLOSURE if status == HTTPStatus.OK else _close_code(status)
        return text + self._protocol.send(CloseConnection(code=code))

    def worded(self, refused: Refused) -> bytes:
        """Return a refusal by the web server as a message, with a farewell."""
        if not self.is_open:
            return b""
        text = self._protocol.send(Message(data=refused.document()))
        return text + self._protocol.send(CloseConnection(code=_close_code(refused.status)))

    def farewell(self) -> bytes:
        """Return what to send before the connection is closed for another reason."""
        if not self.is_open:
            return self.replies()
        return self._protocol.send(CloseConnection(code=CloseReason.GOING_AWAY))

    def release(self) -> None:
        """Drop the message, which has been answered."""
        self._message.close()
        self._message = Content()
        self._stage, self._pieces, self._pings = Stage.NOTHING, 0, 0

    def next(self) -> bool:
        """Continue with the bytes that followed the message; return False."""
        self.release()
        self._advance()
        return False

    def clear(self) -> None:
        """Drop all bytes."""
        self.release()


_BINARY = "Content-Type: application/octet-stream"


def _part(name: str, rest: str = "") -> bytes:
    head = f'\r\n--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{rest}\r\n\r\n'
    return head.encode()


def _close_code(status: int) -> CloseReason:
    return _CLOSE_CODES.get(HTTPStatus(status), CloseReason.POLICY_VIOLATION)
