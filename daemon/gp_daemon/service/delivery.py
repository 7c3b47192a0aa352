"""Replies on their way out: a client that does not read holds up nobody else, up to a limit."""

from __future__ import annotations

import logging
from collections.abc import Callable

from gp_client.wire import Buffer

from gp_daemon.service.sessions import Session, Sessions
from gp_daemon.service.traffic import Sent, Traffic

log = logging.getLogger(__name__)

_MAX_UNREAD = 1024  # replies of one client
_MAX_UNREAD_BYTES = 256 * 1024**2  # of one client; one reply always fits


class Delivery:
    """Sends replies to sessions. Not thread-safe: the socket thread's own.

    Args:
        sockets: what sends.
        sessions: the sessions.
        lost: told of a session that turns out to have gone.
        most: bytes that all clients together may leave unread.
    """

    def __init__(
        self,
        sockets: Traffic,
        sessions: Sessions,
        lost: Callable[[Session], None],
        most: int,
    ) -> None:
        self._sockets, self._sessions, self._lost = sockets, sessions, lost
        self._most = most

    def reply(self, session: Session, parts: list[Buffer]) -> None:
        """Send a reply now, or as soon as the client reads those before it."""
        if session.left_at is not None:
            return
        if not session.unread:
            sent = self._sockets.send(session.identity, parts, control=False)
            if sent is not Sent.FULL:
                if sent is Sent.GONE:
                    self._lose(session)
                return
        session.unread.append(parts)
        session.unread_bytes += _size(parts)
        waiting = self._waiting(session)
        if len(session.unread) > _MAX_UNREAD or (waiting > _MAX_UNREAD_BYTES and session.unread):
            self._give_up(session)
            return
        everybody = self._sessions.connected
        if sum(map(self._waiting, everybody)) > self._most:
            self._give_up(max(everybody, key=self._waiting))

    def _waiting(self, session: Session) -> int:
        """Bytes that a client has not read, those on its connection included."""
        return session.unread_bytes + self._sockets.unsent(session.identity)

    def _give_up(self, session: Session) -> None:
        log.warning("a client does not read its replies; its session ends")
        self._sockets.drop(session.identity)
        self._lose(session)

    def event(self, session: Session, parts: list[Buffer]) -> None:
        """Send what may be left out: not at all where the client does not keep up."""
        if session.left_at is not None or session.unread:
            return
        if self._sockets.send(session.identity, parts, control=False) is Sent.GONE:
            self._lose(session)

    def retry(self) -> bool:
        """Send what waits; return whether something waits still."""
        waits = False
        for session in self._sessions.connected:
            while session.unread:
                sent = self._sockets.send(session.identity, session.unread[0], control=False)
                if sent is Sent.FULL:
                    waits = True
                    break
                if sent is Sent.GONE:
                    self._lose(session)
                    break
                session.unread_bytes -= _size(session.unread.popleft())
        return waits

    def _lose(self, session: Session) -> None:
        self._sessions.leave(session)
        self._lost(session)


def _size(parts: list[Buffer]) -> int:
    return sum(memoryview(part).nbytes for part in parts)
