"""A drag over the page that fills: which pieces the pointer has passed. Pure."""

from __future__ import annotations

from collections.abc import Collection

from gp_client.types import Mask

from gp_guide.places import Places, Point


class Drag:
    """From the press of a button to its release, in canvas pixels.

    The pointer tells only some of the places where it was, the fewer the faster it is: between two
    of them it is taken to have gone straight. It may leave the canvas and come back.

    Args:
        places: where the page's pieces are.
        x, y: where the button was pressed.
        kept: pieces that it does not fill, as they have a colour; None: it fills all that it
            passes.

    Attributes:
        places: those of the press, whatever happens to the page meanwhile.
        point: where the pointer is.
        pieces: those that it passed and may fill, in order, each once.
        rest: whether it leaves alone what has a colour.
    """

    def __init__(self, places: Places, x: int, y: int, kept: Collection[int] | None = None) -> None:
        self.places = places
        self.rest = kept is not None
        self._kept = kept or ()
        self.point: Point = (x, y)
        self.pieces: list[int] = []
        self._known: set[int] = set()
        self._pass(x, y)

    def to(self, x: int, y: int) -> bool:
        """Go on to another pixel; whether a piece was passed that was not before."""
        before, (left, top) = len(self.pieces), self.point
        steps = max(abs(x - left), abs(y - top))
        for step in range(1, steps + 1):
            self._pass(_between(left, x, step, steps), _between(top, y, step, steps))
        self.point = (x, y)
        return len(self.pieces) > before

    @property
    def target(self) -> Point | Mask | None:
        """What ``GuidedPage.fill`` takes: a pixel of the one piece, or the shape of several."""
        return self.without(())

    def without(self, kept: Collection[int]) -> Point | Mask | None:
        """Return the same without some pieces; None where no other was passed."""
        pieces = [piece for piece in self.pieces if piece not in kept]
        if len(pieces) > 1:
            return self.places.mask(pieces)
        return self.places.probes[pieces[0]][0] if pieces else None

    def _pass(self, x: int, y: int) -> None:
        piece = self.places.piece(x, y)
        if piece is not None and piece not in self._known and piece not in self._kept:
            self._known.add(piece)
            self.pieces.append(piece)


def _between(start: int, end: int, step: int, steps: int) -> int:
    """The whole number nearest to the part step/steps of the way."""
    return start + (2 * (end - start) * step + steps) // (2 * steps)
