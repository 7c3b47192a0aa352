"""The map of a page's pieces, as the daemon sends it: which piece, region and colour is where."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence

from gp_client.answers import senseless
from gp_client.errors import BAD_REQUEST
from gp_client.errors import GuidingPainterError as GPError
from gp_client.types import Pick
from gp_client.wire import Frame

_BY = {0: None, 128: "guide", 255: "artist"}


class PieceMap:
    """Answers hover and click without asking the daemon.

    Args:
        width, height: canvas pixels.
        starts: the first run of each row, and the number of all runs.
        ends: the column after each run.
        pieces: the piece of each run.
    """

    def __init__(self, width: int, height: int, starts: Frame, ends: Frame, pieces: Frame) -> None:
        self._width, self._height = width, height
        self._starts, self._ends = numbers(starts), numbers(ends)
        self._pieces = numbers(pieces)
        if len(self._starts) != height + 1 or len(self._ends) != len(self._pieces):
            raise senseless()
        if self._starts[0] != 0 or self._starts[-1] != len(self._ends):
            raise senseless()
        self._regions: Sequence[int] = ()
        self._colors = b""

    @property
    def runs(self) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
        """Starts, ends and pieces, as docs/protocol.md describes them; numpy takes them."""
        return self._starts, self._ends, self._pieces

    @property
    def regions(self) -> Sequence[int]:
        """The number of each piece's region."""
        return self._regions

    @property
    def colors(self) -> bytes:
        """Red, green, blue of each piece, and 255 where given, 128 where proposed, 0 for none."""
        return self._colors

    def tell(self, regions: Frame, colors: Frame) -> None:
        """Take in what the pieces' regions and colours are now."""
        self._regions, self._colors = numbers(regions), bytes(colors.data)
        if len(self._colors) != 4 * len(self._regions):
            raise senseless()

    def pick(self, x: int, y: int) -> Pick:
        """Return what lies at a pixel.

        Raises:
            GuidingPainterError: BAD_REQUEST beside the canvas.
        """
        if not (0 <= x < self._width and 0 <= y < self._height):
            raise GPError(BAD_REQUEST, "This point lies beside the canvas.")
        low, high = self._starts[y], self._starts[y + 1]
        run = bisect_right(self._ends, x, low, high)
        try:
            piece = self._pieces[run]
            red, green, blue, alpha = self._colors[4 * piece : 4 * piece + 4]
            by = _BY[alpha]
            return Pick(piece, self._regions[piece], (red, green, blue) if by else None, by)
        except (IndexError, ValueError, KeyError) as error:
            raise senseless() from error


def numbers(frame: Frame) -> Sequence[int]:
    """Return the whole numbers of a frame of i4 or u2, whatever its shape.

    Raises:
        GuidingPainterError: INTERNAL for a frame of another kind.
    """
    code = {"i4": "i", "u2": "H"}.get(frame.kind)
    if code is None:
        raise senseless()
    found = array(code)
    found.frombytes(bytes(frame.data))
    if sys.byteorder == "big":
        found.byteswap()
    return found
