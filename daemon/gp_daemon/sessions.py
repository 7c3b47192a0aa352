"""Who is connected: sessions, their sockets' file descriptors, and how we learn that one left.

A ROUTER does not say that a peer has gone. libzmq's monitor does, by file descriptor, and each
message tells the descriptor it came in by; together they name the client that left.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from gp_client.errors import TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError


@dataclass(eq=False)
class Session:
    """One client.

    Attributes:
        key: unguessable; who shows it gets the session's pages.
        identity: the ROUTER's name for the connection.
        descriptor: its file descriptor in this process, -1 where unknown.
        left_at: when its connection went, in time.monotonic() seconds; None while connected.
    """

    key: str
    identity: bytes
    descriptor: int
    left_at: float | None = None
    since: float = field(default_factory=time.monotonic)


class Sessions:
    """All sessions. Not thread-safe: the socket thread's own.

    Args:
        most: sessions at once.
        grace: seconds for which a session without connection is kept.
    """

    def __init__(self, most: int, grace: float) -> None:
        self._most, self._grace = most, grace
        self._by_key: dict[str, Session] = {}
        self._by_identity: dict[bytes, Session] = {}

    def hello(self, identity: bytes, descriptor: int, key: str) -> tuple[Session, bool]:
        """Return the session of a connection, and whether it is an older one resumed by its key.

        Raises:
            GuidingPainterError: TOO_LARGE when there are too many.
        """
        known = self._by_key.get(key) if key else None
        current = self._by_identity.get(identity)
        if known is not None:
            if current is not None and current is not known:
                self._leave(current)
            self._by_identity.pop(known.identity, None)
            known.identity, known.descriptor, known.left_at = identity, descriptor, None
            self._by_identity[identity] = known
            return known, True
        if current is not None and current.descriptor == descriptor:
            return current, True  # hello again on the same connection
        if current is not None:
            self._leave(current)
        if len(self._by_key) >= self._most:
            raise GPError(TOO_LARGE, "Too many clients are connected.", "Close some of them.")
        session = Session(secrets.token_hex(16), identity, descriptor)
        self._by_key[session.key] = self._by_identity[identity] = session
        return session, False

    def find(self, identity: bytes, descriptor: int) -> Session | None:
        """Return the session of a connection; None before its hello.

        A client chooses its own identity, so the descriptor has to fit as well.
        """
        session = self._by_identity.get(identity)
        if session is None or session.descriptor != descriptor:
            return None
        return session

    def by_key(self, key: str) -> Session | None:
        """Return a session by its key."""
        return self._by_key.get(key)

    def disconnected(self, descriptor: int) -> Session | None:
        """Note that a connection closed; return its session if it had one."""
        for session in self._by_key.values():
            if session.descriptor == descriptor and session.left_at is None:
                self._leave(session)
                return session
        return None

    def unreachable(self, session: Session) -> None:
        """Note that a reply could not be delivered."""
        self._leave(session)

    def expire(self, now: float) -> list[Session]:
        """Forget and return the sessions whose grace time is over."""
        gone = [
            session
            for session in self._by_key.values()
            if session.left_at is not None and now - session.left_at > self._grace
        ]
        for session in gone:
            del self._by_key[session.key]
        return gone

    @property
    def connected(self) -> int:
        """Number of clients that are connected."""
        return sum(session.left_at is None for session in self._by_key.values())

    def _leave(self, session: Session) -> None:
        if session.left_at is None:
            session.left_at = time.monotonic()
        if self._by_identity.get(session.identity) is session:
            del self._by_identity[session.identity]
        session.descriptor = -1
