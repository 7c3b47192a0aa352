"""Who is connected: sessions, when each was last heard of, and what each has not read yet.

Who has gone shows when a connection closes, when a reply cannot be delivered, and when a promised
heartbeat stays away.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from dataclasses import dataclass, field

from gp_client.errors import TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Buffer


@dataclass(eq=False)
class Session:
    """One client.

    Attributes:
        key: unguessable; who shows it gets the session's pages.
        identity: the sockets' name for the connection.
        user: who its key says it is; empty on a unix socket.
        beats: whether the client promised heartbeats.
        heard: when it was last heard of, in time.monotonic() seconds.
        left_at: when its connection went, in time.monotonic() seconds; None while connected.
        unread: replies that its connection does not take yet.
        unread_bytes: their size.
    """

    key: str
    identity: bytes
    user: str
    beats: bool = False
    heard: float = field(default_factory=time.monotonic)
    left_at: float | None = None
    unread: deque[list[Buffer]] = field(default_factory=deque)
    unread_bytes: int = 0


class Sessions:
    """All sessions. Not thread-safe: the socket thread's own.

    Args:
        most: sessions at once.
        grace: seconds for which a session without connection is kept.
        silence: seconds after which a client that promised heartbeats counts as gone.
    """

    def __init__(self, most: int, grace: float, silence: float = 60.0) -> None:
        self._most, self._grace, self._silence = most, grace, silence
        self._by_key: dict[str, Session] = {}
        self._by_identity: dict[bytes, Session] = {}

    def hello(self, identity: bytes, user: str, key: str) -> tuple[Session, bool]:
        """Return the session of a connection, and whether it is an older one resumed by its key.

        Without its key a session is not resumed, whatever the connection calls itself: clients
        choose their identities.

        Raises:
            GuidingPainterError: TOO_LARGE when there are too many.
        """
        known = self._by_key.get(key) if key else None
        current = self._by_identity.get(identity)
        if current is not None and current is not known:
            self.leave(current)
        if known is not None and known.user == user:
            self._by_identity.pop(known.identity, None)
            if known.identity != identity:
                known.unread.clear()  # answers to a connection that is gone
                known.unread_bytes = 0
            known.identity, known.left_at, known.heard = identity, None, time.monotonic()
            self._by_identity[identity] = known
            return known, True
        if len(self._by_identity) >= self._most:  # who has left holds no place
            raise GPError(TOO_LARGE, "Too many clients are connected.", "Close some of them.")
        session = Session(secrets.token_hex(16), identity, user)
        self._by_key[session.key] = self._by_identity[identity] = session
        return session, False

    def find(self, identity: bytes, user: str) -> Session | None:
        """Return the session of a connection, which counts as heard; None before its hello."""
        session = self._by_identity.get(identity)
        if session is None or session.user != user:
            return None
        session.heard = time.monotonic()
        return session

    def of(self, identity: bytes) -> Session | None:
        """Return the session of a connection, which does not count as heard."""
        return self._by_identity.get(identity)

    def by_key(self, key: str) -> Session | None:
        """Return a session by its key."""
        return self._by_key.get(key)

    def beat(self, key: str) -> bool:
        """Note a heartbeat; False where there is no such session (any more)."""
        session = self._by_key.get(key)
        if session is None or session.left_at is not None:
            return False
        session.heard = time.monotonic()
        return True

    def leave(self, session: Session) -> None:
        """Note that a session has no connection any more."""
        if session.left_at is None:
            session.left_at = time.monotonic()
        if self._by_identity.get(session.identity) is session:
            del self._by_identity[session.identity]
        session.unread.clear()
        session.unread_bytes = 0

    def silent(self, now: float) -> list[Session]:
        """Return the connected sessions whose promised heartbeats stay away."""
        return [
            session
            for session in self.connected
            if session.beats and now - session.heard > self._silence
        ]

    def expire(self, now: float) -> list[Session]:
        """Forget and return the sessions whose grace time is over."""
        left = [
            (session.left_at, session)
            for session in self._by_key.values()
            if session.left_at is not None
        ]
        left.sort(key=lambda pair: pair[0])
        surplus = max(0, len(left) - self._most)  # the oldest, where very many come and go
        gone = [
            session
            for number, (when, session) in enumerate(left)
            if now - when > self._grace or number < surplus
        ]
        for session in gone:
            del self._by_key[session.key]
        return gone

    def forgive(self, seconds: float) -> None:
        """Do not count a time in which we could hear nobody."""
        for session in self._by_key.values():
            session.heard += seconds
            if session.left_at is not None:
                session.left_at += seconds

    @property
    def connected(self) -> list[Session]:
        """The sessions that are connected."""
        return [session for session in self._by_key.values() if session.left_at is None]

    def __len__(self) -> int:
        return len(self._by_key)
