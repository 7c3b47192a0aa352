"""Krita's colour picker, taken over: a new foreground colour is one for the current region."""

from __future__ import annotations

from gp_client.types import Color
from krita import Krita

from ..editor import paint
from ..editor.compat import QtGui, QtWidgets
from .session import Session

GROUP, SWITCH = "guidingpainter", "follow_picker"
STILL = 3  # looks without a change: the artist has let go of the colour wheel


class Picker:
    """Watches the foreground colour; off until the artist switches it on, then for good.

    A colour is often made by several clicks in one selector. So it counts only when the mouse has
    left the place where it was made.
    """

    def __init__(self) -> None:
        self._on = Krita.instance().readSetting(GROUP, SWITCH, "") == "on"
        self._color: Color | None = None  # what was there before
        self._new: Color | None = None
        self._where: QtWidgets.QWidget | None = None  # the mouse was over this when it was new
        self._looks = 0

    @property
    def on(self) -> bool:
        """Whether a new foreground colour is taken."""
        return self._on

    def switch(self, on: bool) -> None:
        """Take new foreground colours from now on, or no more."""
        self._on, self._color = on, None
        Krita.instance().writeSetting(GROUP, SWITCH, "on" if on else "")

    def look(self, session: Session | None) -> Color | None:
        """Return a foreground colour that is new and has come to rest.

        Args:
            session: that of the document in front; None forgets what was there before, as do
                scribbling and a page that is not open: then the colour is meant for something else.
        """
        if not self._on or session is None or session.region is None or session.scribbling:
            self._color = None
            return None
        color = paint.foreground(session.document)
        if color is None or self._color is None or color == self._color:
            self._color, self._new = color or self._color, None
            return None
        if color != self._new:
            self._new, self._looks, self._where = color, 0, _under_mouse()
        self._looks += 1
        if self._looks < STILL or self._still_choosing():
            return None
        self._color, self._new = color, None
        return color

    def _still_choosing(self) -> bool:
        if QtWidgets.QApplication.activePopupWidget() is not None:
            return True
        return self._where is not None and self._where is _under_mouse()


def _under_mouse() -> QtWidgets.QWidget | None:
    """The docker or dialog under the mouse; None over the canvas and outside of Krita."""
    widget = QtWidgets.QApplication.widgetAt(QtGui.QCursor.pos())
    while widget is not None and not isinstance(
        widget, (QtWidgets.QDockWidget, QtWidgets.QDialog, QtWidgets.QMenu, QtWidgets.QToolBar)
    ):
        widget = widget.parentWidget()
    return widget
