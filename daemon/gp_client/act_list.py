"""The acts of a page as the client keeps them: for the document, and for a new daemon."""

from __future__ import annotations

from typing import Any

import msgpack

from gp_client.errors import BAD_REQUEST, VERSION
from gp_client.errors import GuidingPainterError as GPError

FORMAT = 2


class ActList:
    """Packed acts in their order; what is in them is the daemon's business."""

    def __init__(self) -> None:
        self._done: list[bytes] = []
        self._undone: list[bytes] = []  # the next to be done again last

    def __bool__(self) -> bool:
        return bool(self._done or self._undone)

    @property
    def done(self) -> int:
        """How many there are to undo."""
        return len(self._done)

    @property
    def undone(self) -> int:
        """How many there are to do again."""
        return len(self._undone)

    def add(self, act: bytes, count: int) -> None:
        """Note an act, after which there are so many; it may take the last one's place."""
        del self._done[max(0, count - 1) :]
        self._done.append(act)
        self._undone.clear()

    def undo(self) -> None:
        """Note that the last one was taken back."""
        if self._done:
            self._undone.append(self._done.pop())

    def redo(self) -> None:
        """Note that the one undone last was done again."""
        if self._undone:
            self._done.append(self._undone.pop())

    def pack(self) -> bytes:
        """Return the list as docs/protocol.md describes it."""
        packed: Any = msgpack.packb(
            {
                "version": FORMAT,
                "acts": [msgpack.unpackb(act) for act in self._done],
                "undone": [msgpack.unpackb(act) for act in reversed(self._undone)],
            }
        )
        return packed

    @classmethod
    def unpack(cls, data: bytes) -> ActList:
        """Read a list; the daemon looks closer at the acts.

        Raises:
            GuidingPainterError: VERSION for a newer list, BAD_REQUEST for what is none.
        """
        try:
            fields = msgpack.unpackb(data)
            if fields["version"] > FORMAT:
                raise GPError(
                    VERSION,
                    "This was coloured with a newer GuidingPainter.",
                    "Update the plug-in.",
                )
            found = cls()
            packed: Any = [msgpack.packb(dict(act)) for act in fields["acts"]]
            found._done = packed
            packed = [msgpack.packb(dict(act)) for act in fields["undone"]]
            found._undone = packed[::-1]
        except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
            raise GPError(
                BAD_REQUEST, "The colouring saved here is damaged.", "Start it afresh."
            ) from error
        return found
