"""Replies on their way out: a client that does not read delays its own, and loses nothing soon."""

from __future__ import annotations

import logging
from collections.abc import Callable

from gp_client.wire import Buffer

from gp_daemon.service.sessions import Session, Sessions
from gp_daemon.service.sockets import Sent, Sockets

log = logging.getLogger(__name__)

_MAX_UNREAD = 1024  # replies of one client
_MAX_UNREAD_BYTES = 256 * 1024**2  # of one client; one reply always fits


class Delivery:
    """Sends replies to sessions. Not thread-safe: the socket thread's own.

    Args:
        sockets: what sends.
        sessions: the sessions.
        lost: told of a session that turns out to have gone.
    """

    def __init__(
        self, sockets: Sockets, sessions: Sessions, lost: Callable[[Session], None]
    ) -> None:
        self._sockets, self._sessions, self._lost = sockets, sessions, lost

    def reply(self, session: Session, parts: list[Buffer]) -> None:
        """Send a reply now, or as soon as the client reads those before it."""
        if session.left_at is not None:
            return
        if not session.unread:
            sent = self._sockets.send(self._sockets.main, session.identity, parts)
            if sent is not Sent.FULL:
                if sent is Sent.GONE:
                    self._lose(session)
                return
        session.unread.append(parts)
        session.unread_bytes += _size(parts)
        too_many = len(session.unread) > _MAX_UNREAD or (
            session.unread_bytes > _MAX_UNREAD_BYTES and len(session.unread) > 1
        )
        if too_many:
            log.warning("a client does not read its replies; its session ends")
            self._lose(session)

    def event(self, session: Session, parts: list[Buffer]) -> None:
        """Send what may be left out: not at all where the client does not keep up."""
        if session.left_at is not None or session.unread:
            return
        if self._sockets.send(self._sockets.main, session.identity, parts) is Sent.GONE:
            self._lose(session)

    def retry(self) -> bool:
        """Send what waits; return whether something waits still."""
        waits = False
        for session in self._sessions.connected:
            while session.unread:
                sent = self._sockets.send(self._sockets.main, session.identity, session.unread[0])
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
