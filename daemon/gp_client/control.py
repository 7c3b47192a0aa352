"""The control socket: short questions that the daemon answers while work runs."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

from gp_client import wire
from gp_client.errors import CONNECTION_LOST, INTERNAL, NO_DAEMON, TIMEOUT
from gp_client.errors import GuidingPainterError as GPError
from gp_client.transport.dealer import AnyDealer, Secret, open_dealer


class Control:
    """A connection of its own with a lock of its own, so that it works during a call.

    Args:
        timeout: seconds after which a daemon that does not answer counts as hung.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._dealer: AnyDealer | None = None
        self._secret: Secret = ""
        self.endpoint = ""

    def move(self, endpoint: str, secret: Secret) -> None:
        """Talk to this endpoint from now on; an empty one means that none is known yet."""
        with self._lock:
            if (endpoint, secret) != (self.endpoint, self._secret):
                self._drop()
            self.endpoint, self._secret = endpoint, secret

    def ask(self, op: str, args: dict[str, Any]) -> dict[str, Any]:
        """Ask and return the result.

        Raises:
            GuidingPainterError: the daemon's error, NO_DAEMON, CONNECTION_LOST or TIMEOUT.
        """
        with self._lock:
            try:
                reply = self._exchange(op, args)
            except GPError as error:
                kept, self._dealer = self._dealer, None
                if kept is not None:
                    kept.close()
                if error.code == TIMEOUT:
                    raise GPError(
                        TIMEOUT,
                        f"The daemon gave no sign of life for {self._timeout:.0f} s.",
                        "End it and start it again.",
                    ) from None
                raise
            if reply.error is not None:
                raise reply.error
            if reply.result is None:
                raise GPError(INTERNAL, "The daemon sent an answer that makes no sense.")
            return reply.result

    def close(self) -> None:
        """Close the connection; the next question opens it again."""
        with self._lock:
            self._drop()

    def _exchange(self, op: str, args: dict[str, Any]) -> wire.Reply:
        if not self.endpoint:
            raise GPError(NO_DAEMON, "There is no connection to the daemon.", "Connect first.")
        request = wire.Request(next(self._ids), op, args)
        end = time.monotonic() + self._timeout
        kept = self._dealer
        try:
            return self._ask_once(request, end)
        except GPError as error:
            # An idle connection may be that of a daemon which was restarted since.
            if kept is None or error.code != CONNECTION_LOST:
                raise
        self._drop()
        return self._ask_once(request, end)

    def _ask_once(self, request: wire.Request, end: float) -> wire.Reply:
        if self._dealer is None:
            self._dealer = open_dealer(self.endpoint, self._secret, self._timeout)
        self._dealer.send(wire.encode_request(request), self._timeout)
        while True:
            reply = wire.decode_reply(self._dealer.recv(end - time.monotonic()))
            if reply.id == request.id:
                return reply

    def _drop(self) -> None:
        if self._dealer is not None:
            self._dealer.close()
        self._dealer = None
