"""gunicorn's worker with threads, none of which waits for a caller.

The loop receives requests, and sends the parts of answers that a socket does not take at once. Both
have deadlines. A thread gets a whole request, and returns a whole answer.
"""

import errno
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from socket import socket
from time import monotonic
from typing import Any

from django.conf import settings
from gunicorn.http import wsgi
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from faceplatform import heap
from faceplatform.api.streams import SHARED
from faceplatform.web import limits, refusals, stream
from faceplatform.web.connection import Connection, Exchange, State
from faceplatform.web.crowd import Crowd
from faceplatform.web.intake import Intake
from faceplatform.web.outbox import Outbox
from faceplatform.web.refusals import Refused
from faceplatform.web.stream import Stream

_SCRATCH_BYTES = 256 * 1024
_LOOK_SECONDS = 0.5  # between two checks of the deadlines
# A stopping process waits this long for requests that are being sent.
_LAST_CALL_SECONDS = 2.0
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Worker(ThreadWorker):  # type: ignore[misc]
    """Serves one process's share of the connections."""

    def init_process(self) -> None:
        # Not at the top: on import it decides where to count, and gunicorn imports this module
        # before PROMETHEUS_MULTIPROC_DIR is set.
        from faceplatform.metrics import TURNED_AWAY

        self._turned_away = TURNED_AWAY
        self._limits = limits.from_environment()
        self._crowd = Crowd(most=self._limits.connections, most_bytes=self._limits.buffer_bytes)
        self._scratch = memoryview(bytearray(_SCRATCH_BYTES))
        self._looked = 0.0
        super().init_process()

    def run(self) -> None:
        self.poller.register(
            self.method_queue.fileno(), EVENT_READ, self.method_queue.run_callbacks
        )
        self.set_accept_enabled(True)
        while self.alive and self.is_parent_alive():
            self._turn(_LOOK_SECONDS)
        self._stop()

    def _turn(self, seconds: float) -> None:
        """Handle the events of now, or of the next seconds if there are none."""
        self.wait_for_and_dispatch_events(timeout=seconds)
        now = monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            self.notify()
            if self._crowd.has_shrunk():
                heap.trim()
            for connection in self._crowd:
                if connection.deadline <= now:
                    self._expire(connection, now)

    def _stop(self) -> None:
        """Answer the requests that have arrived or are being sent, then close."""
        self._stop_listening()
        now = monotonic()
        for connection in self._crowd:
            if connection.is_without_header:
                connection.hurry(now + _LAST_CALL_SECONDS)
        while self._crowd and monotonic() < now + self.cfg.graceful_timeout:
            self._turn(_LOOK_SECONDS)
        for connection in self._crowd:
            self._close(connection)
        self.tpool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()

    def _stop_listening(self) -> None:
        """Take the connections that the system has established, and have it refuse further ones.

        While one process listened, it would let callers wait for a server that is about to end.
        """
        self.set_accept_enabled(False)
        for listener in self.sockets:
            while self._accept_from(listener):
                pass
            listener.close()

    def accept(self, listener: Any) -> None:
        self._accept_from(listener)

    def _accept_from(self, listener: Any) -> bool:
        """Take one connection; return False if there is none, or no room for it."""
        try:
            sock, client = listener.accept()
            connection = self._connection(sock, client, listener.getsockname())
        except OSError as e:  # the caller has disconnected, or there is no room
            if e.errno in _NO_ROOM:
                self._make_room()
            return False
        if self._crowd.is_full and not self._make_room():
            self._turn_away(connection)
            return True
        self._crowd.add(connection)
        self._watch(connection, EVENT_READ)
        return True

    def _connection(self, sock: socket, client: Any, server: Any) -> Connection:
        return Connection(
            sock,
            Exchange(Outbox(), client, server),
            intake=Intake(self.cfg, client, most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
            limits=self._limits,
            now=monotonic(),
        )

    def _make_room(self) -> bool:
        """Close the most dispensable connection; return False if there is none."""
        connection = self._crowd.most_dispensable()
        if connection is None:
            return False
        self._turned_away.labels("crowded").inc()
        self._close(connection)
        return True

    def _turn_away(self, connection: Connection) -> None:
        refused = refusals.busy()
        self._turned_away.labels(refused.code).inc()
        connection.refuse(refused)
        with suppress(OSError):  # a caller that does not take it now gets none
            connection.send(monotonic())
        connection.close()

    def _watch(self, connection: Connection, events: int) -> None:
        """Have the poller call `_ready` on these events of a connection; 0 means none."""
        before, connection.watched = connection.watched, events
        if not before and events:
            self.poller.register(connection.socket, events, partial(self._ready, connection))
        elif before and not events:
            self.poller.unregister(connection.socket)
        elif before != events:
            self.poller.modify(connection.socket, events, partial(self._ready, connection))

    def _ready(self, connection: Connection, _: socket) -> None:
        if connection not in self._crowd:  # given up after the poller reported it
            return
        match connection.state:
            case State.RECEIVING:
                self._receive(connection)
            case State.SENDING:
                self._send(connection)
            case State.LINGERING:
                self._attempt(connection, partial(connection.discard, self._scratch))

    def _attempt(self, connection: Connection, step: Callable[[], bool]) -> bool:
        """Run a step and return its result; if it fails, refuse or close, and return False."""
        try:
            return step()
        except Refused as refused:
            self._refuse(connection, refused)
        except OSError:
            self._close(connection)
        return False

    def _receive(self, connection: Connection) -> None:
        now = monotonic()
        whole = self._attempt(connection, partial(connection.receive, self._scratch, now))
        if connection in self._crowd:
            self._crowd.weigh(connection)
            self._shed()
        if whole and connection.state is State.RECEIVING:
            self._queue(connection)

    def _shed(self) -> None:
        """Refuse the heaviest connections until there is room for the others."""
        while (connection := self._crowd.heaviest()) is not None:
            if connection.answer is not None and not connection.answer.cancel():
                connection.state = State.ANSWERING  # a thread has just taken it
            else:
                self._give_up(connection, refusals.busy())

    def _expire(self, connection: Connection, now: float) -> None:
        if connection.state is State.RECEIVING:  # the bytes that have arrived count
            self._receive(connection)
        if connection not in self._crowd or connection.deadline > now:
            return
        if connection.is_silent or connection.state is State.LINGERING:
            self._close(connection)
        else:
            self._give_up(connection, refusals.too_slow())

    def _give_up(self, connection: Connection, refused: Refused) -> None:
        """Refuse the request, or close the connection if an answer is being sent."""
        if connection.state in {State.RECEIVING, State.QUEUED}:
            self._refuse(connection, refused)
        else:
            self._turned_away.labels("unread_answer").inc()
            self._close(connection)

    def _refuse(self, connection: Connection, refused: Refused) -> None:
        self._turned_away.labels(refused.code).inc()
        connection.refuse(refused)
        self._send(connection)

    def _queue(self, connection: Connection) -> None:
        self._watch(connection, 0)
        connection.queue(monotonic())
        connection.answer = self.tpool.submit(self._answer, connection)
        connection.answer.add_done_callback(
            lambda answer: self.method_queue.defer(self._answered, connection, answer)
        )

    def _answer(self, connection: Connection) -> None:
        """Create the answer, and send as much as the socket takes at once. Runs in a thread."""
        connection.state = State.ANSWERING
        try:
            connection.is_kept = self._answered_by(connection, connection.intake)
        except StopIteration:  # the answer failed, and gunicorn has logged it
            connection.is_kept = False
        except ParseException as e:
            connection.refuse(refusals.unparsed(e))
        except Exception:  # the outermost border: the thread must serve others
            self.log.exception("A request failed outside the application")
            connection.refuse(refusals.broken())
        with suppress(OSError):  # the loop gets the error again
            connection.outbox.send_to(connection.socket)

    def _answered_by(self, connection: Connection, intake: Intake | Stream) -> bool:
        """Answer what an intake holds; return False if that was the connection's last answer."""
        request = intake.request()
        if isinstance(intake, Stream):
            status, body = self._called(request, connection.exchange, intake)
            connection.outbox.sendall(intake.answer(status, body))
            if not self.alive:
                connection.outbox.sendall(intake.farewell())
            return intake.is_open
        if stream.is_asked_for(request):
            return self._open_stream(connection, request, intake)
        return bool(self.handle_request(request, connection.exchange))

    def _open_stream(self, connection: Connection, request: Any, intake: Intake) -> bool:
        try:
            self._require_room_for_a_stream()
            opened, answer = stream.opened(request, intake.following())
        except Refused as refused:
            self._turned_away.labels(refused.code).inc()
            connection.refuse(refused)
            return False
        connection.intake = opened
        connection.outbox.sendall(answer)
        return True

    def _require_room_for_a_stream(self) -> None:
        """Raise Refused if there are too many streams, unless a stranger's can make way."""
        streams = [(c, c.intake) for c in self._crowd if isinstance(c.intake, Stream)]
        if len(streams) < self._limits.streams:
            return
        strange = [c for c, intake in streams if not intake.is_known and c.waits_for_its_peer]
        if not strange:
            raise refusals.busy()
        self._turned_away.labels("crowded").inc()
        self.method_queue.defer(self._make_way, min(strange, key=lambda c: c.since))

    def _make_way(self, connection: Connection) -> None:
        """Close a stranger's stream. Runs in the loop."""
        if connection in self._crowd and connection.waits_for_its_peer:
            self._close(connection)

    def _called(self, request: Any, exchange: Exchange, intake: Stream) -> tuple[int, bytes]:
        """Call the application for a message; return the status and the body of its answer.

        As gunicorn's `handle_request`, but the answer is not written as HTTP.
        """
        began = datetime.now()  # noqa: DTZ005  (gunicorn's log takes the difference)
        response, environ = wsgi.create(request, *exchange, self.cfg)
        environ |= {"wsgi.multithread": True, SHARED: intake.shared}
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        parts = self.wsgi(environ, response.start_response)
        try:
            body = b"".join(parts)
            response.sent = len(body)
        finally:
            self.log.access(response, request, environ, datetime.now() - began)  # noqa: DTZ005
            if hasattr(parts, "close"):
                parts.close()
        return response.status_code, body

    def _answered(self, connection: Connection, answer: "Future[None]") -> None:
        """Continue after `_answer`, or after it was cancelled. Runs in the loop."""
        if answer.cancelled() or connection not in self._crowd:
            return
        connection.answer = None
        connection.intake.release()
        if connection.outbox.left:
            self._send(connection)
        else:
            self._sent(connection)

    def _send(self, connection: Connection) -> None:
        if self._attempt(connection, partial(connection.send, monotonic())):
            self._sent(connection)
        elif connection in self._crowd:
            self._crowd.weigh(connection)
            self._watch(connection, EVENT_WRITE)

    def _sent(self, connection: Connection) -> None:
        now = monotonic()
        if connection.is_kept:
            idle = connection.intake.idle_seconds or self.cfg.keepalive
            step = partial(connection.await_next, now, idle)
        else:
            step = partial(connection.linger, now)
        whole = self._attempt(connection, step)
        if connection not in self._crowd:
            return
        self._crowd.weigh(connection)
        if whole:
            self._queue(connection)
        elif connection.state is not State.SENDING:  # the next request was not refused
            self._watch(connection, EVENT_READ)

    def _close(self, connection: Connection) -> None:
        self._watch(connection, 0)
        self._crowd.remove(connection)
        connection.close()
