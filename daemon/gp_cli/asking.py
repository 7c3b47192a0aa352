"""Short questions to this machine's daemon, for commands that should not wait as clients do."""

from __future__ import annotations

from typing import Any

import gp_client
from gp_client.connection import Connection
from gp_client.control import Control

ANSWER = 10.0  # seconds for an answer; a client would wait for as long as the process lives


def ask(place: Connection, op: str, seconds: float = ANSWER) -> dict[str, Any]:
    """Return the daemon's answer to a question of its control socket.

    Args:
        place: the daemon, as its connection file tells.
        op: "ping", "status" or "shutdown"; of a daemon for other machines always "status".
        seconds: after which it counts as hung.

    Raises:
        GuidingPainterError: the daemon's error, NO_DAEMON, CONNECTION_LOST or TIMEOUT.
    """
    if place.curve:  # asks for a key file, and a hello tells where
        with gp_client.connect() as client:
            return client.status()
    control = Control(seconds)
    try:
        control.move(place.control, place.token)
        return control.ask(op, {})
    finally:
        control.close()
