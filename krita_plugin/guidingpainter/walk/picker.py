"""Krita's colour picker, taken over: a new foreground colour is one for the current region."""

from __future__ import annotations

from gp_client.types import Color
from krita import Krita

from ..editor import paint
from .session import Session

GROUP, SWITCH = "guidingpainter", "follow_picker"
STILL = 3  # looks without a change: the artist has let go of the colour wheel


class Picker:
    """Watches the foreground colour; off until the artist switches it on, then for good."""

    def __init__(self) -> None:
        self._on = Krita.instance().readSetting(GROUP, SWITCH, "") == "on"
        self._color: Color | None = None  # what was there before
        self._new: Color | None = None
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
        if not self._on or session is None or session.current is None or session.scribbling:
            self._color = None
            return None
        color = paint.foreground(session.document)
        if color is None or self._color is None or color == self._color:
            self._color, self._new = color or self._color, None
            return None
        if color != self._new:
            self._new, self._looks = color, 0
        self._looks += 1
        if self._looks < STILL:
            return None
        self._color, self._new = color, None
        return color
