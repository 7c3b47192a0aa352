"""Krita's colour picker, taken over: a new foreground colour is one for the current region."""

from __future__ import annotations

from gp_client.types import Color
from gp_guide.new_color import NewColor
from krita import Krita

from ..editor.compat import QtGui, QtWidgets
from .session import Session

GROUP, SWITCH = "guidingpainter", "follow_picker"


class Picker:
    """Watches the foreground colour; off until the artist switches it on, then for good.

    A colour is often made by several clicks in one selector. So it counts only when the mouse has
    left the place where it was made.
    """

    def __init__(self) -> None:
        self._on = Krita.instance().readSetting(GROUP, SWITCH, "") == "on"
        self._watch = NewColor()

    @property
    def on(self) -> bool:
        """Whether a new foreground colour is taken."""
        return self._on

    def switch(self, on: bool) -> None:
        """Take new foreground colours from now on, or no more."""
        self._on = on
        self._watch.forget()
        Krita.instance().writeSetting(GROUP, SWITCH, "on" if on else "")

    def look(self, session: Session | None) -> Color | None:
        """Return a foreground colour that is new and has come to rest.

        Args:
            session: that of the document in front; None forgets what was there before, as do
                scribbling and a page that is not open: then the colour is meant for something else.
        """
        if not self._on or session is None or session.region is None or session.scribbling:
            self._watch.forget()
            return None
        color = session.foreground()
        return color if self._watch.look(color, _under_mouse(), _left) else None


def _left(place: QtWidgets.QWidget | None) -> bool:
    """Whether the mouse has left what it was over, and no menu or list hangs down."""
    if QtWidgets.QApplication.activePopupWidget() is not None:
        return False
    return place is None or place is not _under_mouse()


def _under_mouse() -> QtWidgets.QWidget | None:
    """The docker or dialog under the mouse; None over the canvas and outside of Krita."""
    widget = QtWidgets.QApplication.widgetAt(QtGui.QCursor.pos())
    while widget is not None and not isinstance(
        widget, (QtWidgets.QDockWidget, QtWidgets.QDialog, QtWidgets.QMenu, QtWidgets.QToolBar)
    ):
        widget = widget.parentWidget()
    return widget
