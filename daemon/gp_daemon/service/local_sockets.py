"""The daemon's sockets on its own machine: unix sockets, and loopback TCP with a key.

They speak ZMTP themselves, as `gp_client` does: libzmq, which any client may use, counts neither a
message's parts nor what a client leaves unread, tells nobody who has gone, and ends the process
where descriptors run out. Everything here belongs to one thread.
"""

from __future__ import annotations

import itertools
import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence

from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Buffer

from gp_daemon.service.doors import Door
from gp_daemon.service.endpoints import Listen
from gp_daemon.service.intake import CLIENT, STRANGER, Message
from gp_daemon.service.limits import most_connections
from gp_daemon.service.traffic import Received, Sent
from gp_daemon.service.wires import Wire

log = logging.getLogger(__name__)

_HANDSHAKE = 10.0  # seconds for a newcomer to say who it is
_STALL = 60.0  # seconds without a byte in the middle of a message
_SLOW = 10.0  # seconds in which a large message for which others wait must make some way
_SOME = 6  # the part of it that has to come in that time
_MOST_NEW = 64  # connections that may be shaking hands at once
_SCRATCH = 64 * 1024  # bytes read at once
_FAREWELL = 1.0  # seconds for what is on its way when the sockets close


class LocalSockets:
    """Bound sockets.

    Args:
        listen: where to bind.
        token: the key for tcp.
        memory: bytes of large messages that may be on their way in at once; one always may.

    Raises:
        GuidingPainterError: BAD_REQUEST where the endpoint cannot be bound.
    """

    def __init__(self, listen: Listen, token: str, memory: int) -> None:
        self._token, self._memory = token, memory
        self._selector = selectors.DefaultSelector()
        self._scratch = memoryview(bytearray(_SCRATCH))
        self._names = itertools.count(1)
        self._wires: dict[bytes, Wire] = {}
        self._arrived: dict[bool, deque[tuple[Wire, Message]]] = {True: deque(), False: deque()}
        self._gone: list[bytes] = []
        self._in_the_way: set[str] = set()  # endpoints of which we have said so
        self._held, self._most = 0, most_connections()
        self._wake: socket.socket | None = None
        self._swept = time.monotonic()
        main = Door(listen.main, control=False)
        try:
            self._doors = (main, Door(listen.control, control=True))
        except BaseException:
            main.close()
            raise
        self.main_endpoint, self.control_endpoint = (door.endpoint for door in self._doors)
        for door in self._doors:
            self._selector.register(door.socket, selectors.EVENT_READ, door)

    def poll(self, wake: socket.socket, milliseconds: int) -> bool:
        """Wait until a message is here, somebody has gone, or ``wake`` can be read: then True."""
        if self._wake is not wake:
            self._selector.register(wake, selectors.EVENT_READ, None)
            self._wake = wake
        waits = not any(self._arrived.values())
        woken, end = False, time.monotonic() + (milliseconds / 1000 if waits else 0)
        while True:
            changed = False
            for key, events in self._selector.select(max(0.0, end - time.monotonic())):
                if key.data is None:
                    woken = True
                elif isinstance(key.data, Door):
                    self._accept(key.data)
                else:
                    changed |= self._serve(key.data, events)
            self._resume()
            self._sweep()
            done = woken or changed or any(self._arrived.values()) or self._gone
            if done or time.monotonic() >= end:
                return woken

    def receive(self) -> Received | None:
        """Return the next message, the control socket's first; None where there is none."""
        for control in (True, False):
            while self._arrived[control]:
                wire, message = self._arrived[control].popleft()
                wire.waiting -= 1
                if wire.identity in self._wires:
                    return Received(
                        wire.identity, wire.user, control, message.parts, message.refused
                    )
        return None

    def send(self, identity: bytes, parts: Sequence[Buffer], control: bool) -> Sent:
        """Send without waiting; FULL where the last message is still on its way."""
        wire = self._wires.get(identity)
        if wire is None:
            return Sent.GONE
        if wire.unsent and wire.intake.allowance is CLIENT:
            return Sent.FULL
        try:
            wire.send(parts)
        except OSError:
            self._end(wire)
            return Sent.GONE
        if wire.deaf:
            log.warning("a connection does not read its answers; it is closed")
            self._end(wire)
            return Sent.GONE
        self._watch(wire)
        return Sent.YES

    def admit(self, identity: bytes, known: bool) -> None:
        """Let a connection send pictures from now on, once it has a session, or no more."""
        wire = self._wires.get(identity)
        if wire is not None and not wire.control:
            wire.intake.allowance = CLIENT if known else STRANGER

    def unsent(self, identity: bytes) -> int:
        """Bytes of a connection's last message that it has not taken."""
        wire = self._wires.get(identity)
        return 0 if wire is None else wire.unsent

    def drop(self, identity: bytes) -> None:
        """Close a connection."""
        wire = self._wires.get(identity)
        if wire is not None:
            self._end(wire)

    def departed(self) -> list[bytes]:
        """Return which main connections have closed since the last call."""
        gone, self._gone = self._gone, []
        return gone

    def reachable(self) -> bool:
        """Make files of sockets anew that are gone; False where another's are in their place.

        What else is in their place, a file or a folder, stays, and is told once: it is looked for
        again at the next call.
        """
        if any(door.taken for door in self._doors):
            return False
        for door in self._doors:
            if door.ours:
                continue
            self._selector.unregister(door.socket)
            try:
                door.open_again()
                self._in_the_way.discard(door.endpoint)
                log.warning("the socket's file was removed; it is there again")
            except (OSError, GPError) as error:
                if door.endpoint not in self._in_the_way:
                    self._in_the_way.add(door.endpoint)
                    log.warning("nobody can come in: %s", error)
            finally:
                self._selector.register(door.socket, selectors.EVENT_READ, door)
        return True

    def close(self) -> None:
        """Close the sockets, replies on their way first."""
        for door in self._doors:
            self._selector.unregister(door.socket)
            door.close()
        end = time.monotonic() + _FAREWELL
        while time.monotonic() < end and any(wire.unsent for wire in self._wires.values()):
            for key, events in self._selector.select(0.05):
                if isinstance(key.data, Wire) and events & selectors.EVENT_WRITE:
                    self._serve(key.data, selectors.EVENT_WRITE)
        for wire in list(self._wires.values()):
            self._end(wire)
        self._selector.close()

    def _accept(self, door: Door) -> None:
        try:
            sock, _ = door.socket.accept()
        except BlockingIOError:
            return
        except OSError as error:
            # No descriptor is left. Somebody has to go, or this newcomer would wake us for ever.
            log.warning("a connection cannot be taken (%s)", error.strerror)
            self._make_room()
            return
        if len(self._wires) >= self._most and not self._make_room():
            log.warning("too many connections; a newcomer is turned away")
            sock.close()
            return
        new = [wire for wire in self._wires.values() if not wire.ready]
        if len(new) >= _MOST_NEW:
            self._end(min(new, key=lambda wire: wire.heard))
        if sock.family != getattr(socket, "AF_UNIX", None):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        identity = b"%d" % next(self._names)
        wire = Wire(sock, identity, door.control, self._token, self._take)
        self._wires[identity] = wire
        self._selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE, wire)

    def _make_room(self) -> bool:
        """Close the connection that has been silent for longest, of those without a session."""
        idle = [wire for wire in self._wires.values() if wire.intake.allowance is not CLIENT]
        if idle:
            # Who is still shaking hands before who is known; a client's control socket beats.
            self._end(min(idle, key=lambda wire: (wire.ready, wire.control, wire.heard)))
        return bool(idle)

    def _serve(self, wire: Wire, events: int) -> bool:
        """Read and write what goes; return whether a kept message is out now, or it has gone."""
        if wire.identity not in self._wires:
            return False  # closed in this very round
        busy = wire.unsent > 0
        try:
            # No more of somebody whose messages are not dealt with yet: they would pile up here.
            if events & selectors.EVENT_READ and not wire.waiting:
                self._keep(wire, wire.read(self._scratch))
            wire.flush()
        except (OSError, GPError) as error:
            log.debug("a connection ends: %s", error)
            self._end(wire)
            return True
        if wire.deaf:
            self._end(wire)
            return True
        self._watch(wire)
        return busy and not wire.unsent

    def _keep(self, wire: Wire, messages: list[Message]) -> None:
        if not wire.held:
            wire.seen = time.monotonic(), wire.received
        self._held += wire.intake.room - wire.held
        wire.held = wire.intake.room
        wire.waiting += len(messages)
        self._arrived[wire.control].extend((wire, message) for message in messages)

    def _take(self, wire: Wire, size: int) -> bool:
        """Say whether there is room for so many bytes of one message; one always has it."""
        others = self._held - wire.held
        return not others or others + size <= self._memory

    def _resume(self) -> None:
        """Go on with those that waited for room."""
        for wire in [wire for wire in self._wires.values() if wire.intake.waits]:
            try:
                self._keep(wire, wire.resume())
            except GPError:
                self._end(wire)
                continue
            self._watch(wire)

    def _watch(self, wire: Wire) -> None:
        wanted = 0 if wire.intake.waits else selectors.EVENT_READ
        wanted |= selectors.EVENT_WRITE if wire.unsent else 0
        key = self._selector.get_map().get(wire.socket)
        if key is None and wanted:
            self._selector.register(wire.socket, wanted, wire)
        elif key is not None and not wanted:
            self._selector.unregister(wire.socket)
        elif key is not None and key.events != wanted:
            self._selector.modify(wire.socket, wanted, wire)

    def _sweep(self) -> None:
        """Close who never says who it is, and who stops in the middle of a message."""
        now = time.monotonic()
        if now - self._swept < 1:
            return
        late = now - self._swept > _STALL / 2  # we ourselves were stopped: nobody's fault
        self._swept = now
        for wire in list(self._wires.values()):
            patience = _STALL if wire.ready else _HANDSHAKE
            waits = not wire.ready or (wire.intake.begun and not wire.intake.waits)
            if late:
                wire.heard = now
            elif waits and now - wire.heard > patience:
                log.debug("a connection says nothing more")
                self._end(wire)
        self._hurry(now, late)

    def _hurry(self, now: float, late: bool) -> None:
        """Close who holds room for a large message and hardly sends it, while others wait."""
        holders = [wire for wire in self._wires.values() if wire.held]
        awaited = not late and any(wire.intake.waits for wire in self._wires.values())
        stuck = all(wire.intake.waits for wire in holders)  # each for what another holds
        for wire in holders:
            since, before = wire.seen
            judged = awaited and (stuck or not wire.intake.waits)
            if judged and now - since < _SLOW:
                continue
            if judged and wire.received - before < wire.held / _SOME:
                log.warning("a large message hardly comes while others wait; it is cut off")
                self._end(wire)
                return  # which may be enough
            wire.seen = now, wire.received

    def _end(self, wire: Wire) -> None:
        if self._wires.pop(wire.identity, None) is None:
            return
        if wire.socket in self._selector.get_map():
            self._selector.unregister(wire.socket)
        wire.socket.close()
        self._held -= wire.held
        if not wire.control:
            self._gone.append(wire.identity)
