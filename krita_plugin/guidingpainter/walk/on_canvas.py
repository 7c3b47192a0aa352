"""The walk on Krita's own canvas: the region is lit there, and clicks and drags are taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_guide.carried import Carried
from gp_guide.clicks import meaning
from gp_guide.drags import Drag
from gp_guide.locks import begun

from ..editor.canvas_view import Overlay
from ..editor.compat import QtCore
from .session import Session
from .shapes import lit
from .walk import Walk


class OnCanvas:
    """What lies on the canvas in front, and the pointer there.

    Args:
        session: gives that of the document in front.
        walk: does what a click means.

    Attributes:
        overlay: lies on the canvas.
    """

    def __init__(self, session: Callable[[], Session | None], walk: Walk) -> None:
        self._session, self._walk = session, walk
        self.overlay = Overlay(self)
        self._drag: Drag | None = None
        self._carried: Carried | None = None
        self._shown: tuple[Any, ...] = ()

    def show(self) -> None:
        """Show which region it is, or what a drag or a colour that is carried has passed so far."""
        session = self._session()
        view = None if session is None else session.view
        pieces: list[int] = []
        drag = self._drag if self._carried is None else self._carried.drag
        if drag is not None:
            pieces = drag.pieces
        elif self._carried is not None and view is not None:
            pieces = self._carried.lit(view)
        elif view is not None and session is not None and not session.scribbling:
            pieces = view.pieces.get(session.shown.number or 0, [])
        if (view, pieces) == self._shown:
            return
        self._shown = (view, list(pieces))
        if view is None:
            self.overlay.show_region(None, QtCore.QRectF(), (0, 0))
            return
        places = view.places if drag is None else drag.places
        shape = lit(places, pieces) if pieces else None
        across = places.width / places.picture[0]
        down = places.height / places.picture[1]
        box = QtCore.QRectF()
        if shape is not None:
            x, y, width, height = shape.box
            box = QtCore.QRectF(x * across, y * down, width * across, height * down)
        mask = None if shape is None else shape.mask
        self.overlay.show_region(mask, box, (places.width, places.height))

    # A colour that is carried here

    def pixel_under(self, point: QtCore.QPoint) -> tuple[int, int] | None:
        """Return the pixel of the canvas that is seen at a point of the screen, None for none."""
        return self.overlay.pixel_under(point)

    def pixel_near(self, point: QtCore.QPoint) -> tuple[int, int] | None:
        """Return the same, or a pixel beside the canvas, whatever lies over it."""
        return self.overlay.pixel_near(point)

    def show_carried(self, carried: Carried | None) -> None:
        """Light what would have the colour; None: the region again."""
        self._carried = carried
        self.show()

    # The pointer, where clicks are taken

    def press(self, x: int, y: int, held: QtCore.Qt.KeyboardModifiers) -> None:
        """Do what a click means, or begin to fill."""
        session, keys = self._session(), QtCore.Qt.KeyboardModifier
        self._drag = None
        if session is None or session.view is None:
            return
        said = meaning(
            bool(held & keys.ShiftModifier),
            bool(held & keys.ControlModifier),
            bool(held & keys.AltModifier),
            session.joining,
        )
        self._drag = begun(session.view, x, y, said)
        if self._drag is None:
            self._walk.click(x, y, said)
        else:
            self.show()

    def move(self, x: int, y: int) -> None:
        """Pass what lies on the way."""
        if self._drag is not None and self._drag.to(x, y):
            self.show()

    def release(self) -> None:
        """Fill what was passed."""
        drag, self._drag = self._drag, None
        if drag is not None:
            self._walk.fill(drag)
            self.show()
