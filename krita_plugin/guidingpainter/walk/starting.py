"""The walk begins by itself where a page of line art is opened, if the artist wants that."""

from __future__ import annotations

from collections.abc import Callable

from krita import Krita

from .session import Session

GROUP, SWITCH = "guidingpainter", "start_by_itself"


class Starting:
    """Decides when to start; off until the artist switches it on, as our group comes to each page.

    Args:
        start: opens the page in front.

    Attributes:
        on: whether it does.
    """

    def __init__(self, start: Callable[[], None]) -> None:
        self._start = start
        self.on = Krita.instance().readSetting(GROUP, SWITCH, "") == "on"
        self._seen: set[int] = set()  # dockers

    def switch(self, on: bool) -> None:
        """Begin by itself from now on, or no more."""
        self.on = on
        Krita.instance().writeSetting(GROUP, SWITCH, "on" if on else "")

    def see(self, docker: int, seen: bool) -> None:
        """Note whether the artist sees a docker; nothing begins unseen."""
        (self._seen.add if seen else self._seen.discard)(docker)

    def look(self, session: Session) -> None:
        """Start once for each document that was coloured before or whose line art is plain."""
        if not self.on or session.offered or session.page is not None or session.opening:
            return
        if not self._seen:
            return
        session.offered = True
        if session.saved.begun or session.document.looks_drawn(session.line_art):
            self._start()
