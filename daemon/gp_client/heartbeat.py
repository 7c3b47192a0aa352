"""Heartbeats: the daemon hears that we live, and we hear that it does, between two requests."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from gp_client.errors import GuidingPainterError as GPError

if TYPE_CHECKING:
    from gp_client.client import Client


class Heartbeat:
    """A thread that beats on the control socket; it ends with its client.

    Args:
        client: whose life is shown.
        interval: seconds between two beats.
    """

    def __init__(self, client: Client, interval: float) -> None:
        self._stop = threading.Event()
        args = (weakref.ref(client), self._stop, interval)
        thread = threading.Thread(target=_beat, args=args, name="gp-heartbeat", daemon=True)
        thread.start()

    def stop(self) -> None:
        """End it."""
        self._stop.set()


def _beat(reference: weakref.ReferenceType[Client], stop: threading.Event, interval: float) -> None:
    while not stop.wait(interval):
        client = reference()
        if client is None:
            return
        try:
            client.beat()
        except GPError:
            client.alive = False  # the next call connects again, or says why it cannot
        del client
