"""The docker's list of regions."""

from __future__ import annotations

from gp_client.types import Color

from ..editor.compat import QtCore, QtWidgets, Signal, tr
from ..walk.session import Session
from .widgets import color_icon

_ROLE = QtCore.Qt.ItemDataRole.UserRole


class RegionList(QtWidgets.QListWidget):
    """All regions with their colours and sizes.

    Signals:
        wanted(int): the number of a region that was clicked on.
    """

    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[tuple[str, Color | None]] = []
        self.setObjectName("regions")
        self.setToolTip(tr("All regions, the most useful first. Click to go there."))
        self.setMinimumHeight(60)
        self.itemClicked.connect(lambda item: self.wanted.emit(item.data(_ROLE)))

    def show_session(self, session: Session | None) -> None:
        """Show a document's regions."""
        if session is None or session.guide is None:
            self.clear()
            self._shown = []
            return
        whole = max(1, sum(region.pixels for region in session.regions))
        hints, skipped = session.guide.hints, session.guide.skipped
        while self.count() > len(session.regions):
            self.takeItem(self.count() - 1)
            self._shown.pop()
        for index, region in enumerate(session.regions):
            note = tr(" (skipped)") if region.number in skipped else ""
            share = f"{100 * region.pixels / whole:.1f}"
            new = (f"{region.number}:  {share} %{note}", hints.get(region.number))
            if index == self.count():
                item = QtWidgets.QListWidgetItem()
                item.setData(_ROLE, region.number)
                self.addItem(item)
                self._shown.append(("", None))
            if self._shown[index] != new:
                self._shown[index] = new
                self.item(index).setText(new[0])
                self.item(index).setIcon(color_icon(new[1]))
        self.setCurrentRow(-1 if session.current is None else session.current - 1)
