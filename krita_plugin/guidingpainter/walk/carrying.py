"""Colours dragged from the docker onto the page: in its picture, or on Krita's canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gp_client.types import Color
from gp_guide.carried import Carried

from ..editor.compat import QtCore
from .session import Session
from .walk import Walk


class Surface(Protocol):
    """Where the page is seen."""

    def pixel_under(self, point: QtCore.QPoint) -> tuple[int, int] | None:
        """Return the pixel of the canvas that is seen at a point of the screen, None for none."""

    def pixel_near(self, point: QtCore.QPoint) -> tuple[int, int] | None:
        """Return the same, or a pixel beside the canvas, whatever lies over it."""

    def show_carried(self, carried: Carried | None) -> None:
        """Light what would have the colour; None: nothing is carried here any more."""


class Carrying:
    """Follows a colour to the surface that it is dropped on.

    Args:
        session: gives that of the document in front.
        walk: gives what it is dropped on the colour.

    Attributes:
        surfaces: where it may be dropped.
    """

    def __init__(self, session: Callable[[], Session | None], walk: Walk) -> None:
        self._session, self._walk = session, walk
        self.surfaces: list[Surface] = []
        self._carried: Carried | None = None
        self._over: Surface | None = None
        self._home: Session | None = None  # whose pieces it has passed

    def move(
        self, color: Color, point: QtCore.QPoint, held: QtCore.Qt.KeyboardModifiers
    ) -> Carried | None:
        """Show what a colour would be given to.

        Args:
            color: that is being dragged.
            point: of the screen.
            held: keys.

        Returns:
            What is carried; None where there is no page.
        """
        session = self._session()
        view = None if session is None or session.opening else session.view
        if view is None:
            self.put_back()
            return None
        if session is not self._home:  # another document has come to the front meanwhile
            self.put_back()
        if self._carried is None:
            self._carried, self._home = Carried(color), session
        carried, over = self._carried, self._over
        if carried.drag is not None and over is not None:
            place = over.pixel_near(point)  # a drag stays where it began
        else:
            places = [(one, one.pixel_under(point)) for one in self.surfaces]
            now, place = next((found for found in places if found[1] is not None), (None, None))
            if over is not None and over is not now:
                over.show_carried(None)
            over = self._over = now
        keys = QtCore.Qt.KeyboardModifier
        shift, control = bool(held & keys.ShiftModifier), bool(held & keys.ControlModifier)
        carried.to(view, place, shift, control)
        if over is not None:
            over.show_carried(carried)
        return carried

    def drop(self, color: Color, point: QtCore.QPoint, held: QtCore.Qt.KeyboardModifiers) -> None:
        """Give the page the colour; beside the page nothing happens."""
        carried = self.move(color, point, held)
        self.put_back()
        if carried is not None:
            self._walk.drop(carried)

    def put_back(self) -> None:
        """Carry nothing any more."""
        over, self._over, self._carried = self._over, None, None
        if over is not None:
            over.show_carried(None)
