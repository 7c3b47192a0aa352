"""What a page was told, so that a daemon that forgot it can be told again."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gp_client.answers import regions_of, result_of
from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION
from gp_client.errors import GuidingPainterError as GPError
from gp_client.types import Color, Region
from gp_client.wire import Frame, Reply

Send = Callable[[str, dict[str, Any], "tuple[Frame, ...]"], Reply]


@dataclass(frozen=True)
class _Scribble:
    packed: bytes
    color: Color
    remote: int  # the number that the present daemon gave it


class Journal:
    """Corrections, hints and scribbles of one page, in the order in which they must be given.

    Args:
        shape: (height, width) of the canvas.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        self.hints: dict[int, Color] = {}
        self._corrections: list[tuple[int, bytes]] = []
        self._scribbles: dict[int, _Scribble] = {}
        self._numbers = 0
        self._opened = 0

    def __bool__(self) -> bool:
        return bool(self.hints or self._corrections or self._scribbles)

    @property
    def scribbles(self) -> dict[int, Color]:
        """Colours of the scribbles by number."""
        return {number: scribble.color for number, scribble in self._scribbles.items()}

    def set_opened(self, count: int) -> None:
        """Note how many regions the page had when it was opened, before any correction."""
        self._opened = count

    def corrected(self, number: int, mask: bytes) -> None:
        """Note a correction."""
        self._corrections.append((number, zlib.compress(mask, 1)))

    def uncorrected(self) -> None:
        """Note that the last correction was undone."""
        if self._corrections:
            self._corrections.pop()

    def scribbled(self, mask: bytes, color: Color, remote: int) -> int:
        """Note a scribble; return its number, which stays whatever daemon holds the page."""
        self._numbers += 1
        self._scribbles[self._numbers] = _Scribble(zlib.compress(mask, 1), color, remote)
        return self._numbers

    def remote(self, number: int) -> int:
        """Return the daemon's number of a scribble.

        Raises:
            GuidingPainterError: BAD_REQUEST for a scribble that is not there.
        """
        if number not in self._scribbles:
            raise GPError(BAD_REQUEST, f"There is no scribble {number}.")
        return self._scribbles[number].remote

    def unscribbled(self, number: int) -> None:
        """Note that a scribble was taken away."""
        self._scribbles.pop(number, None)

    def frame(self, mask: bytes) -> Frame:
        """Return a mask as it is sent."""
        return Frame(mask, self._shape, "u1")

    def replay(self, send: Send) -> list[Region] | None:
        """Tell everything again.

        Args:
            send: sends (op, arguments, frames) about the page.

        Returns:
            The regions after the corrections; None where there were none.

        Raises:
            GuidingPainterError: what ``send`` raises.
        """
        regions = None
        later = {number: color for number, color in self.hints.items() if number > self._opened}
        # Before the corrections, which may take all pixels, and so the number, from a region.
        for number, color in self.hints.items():
            if number not in later:
                send("hint", {"region": number, "color": list(color)}, ())
        for number, packed in self._corrections:
            frames = (self.frame(zlib.decompress(packed)),)
            regions = regions_of(result_of(send("correct", {"region": number}, frames)))
        for number, color in later.items():
            try:
                send("hint", {"region": number, "color": list(color)}, ())
            except GPError as error:
                # A correction made this region and a later one took it: nothing to see there.
                if error.code != NO_SUCH_REGION:
                    raise
        for number, scribble in self._scribbles.items():
            frames = (self.frame(zlib.decompress(scribble.packed)),)
            reply = send("scribble", {"color": list(scribble.color)}, frames)
            remote = int(result_of(reply)["scribble"])
            self._scribbles[number] = replace(scribble, remote=remote)
        return regions
