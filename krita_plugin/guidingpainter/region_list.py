"""The docker's list of regions."""

from __future__ import annotations

from .compat import QtCore, QtWidgets, Signal, tr
from .session import Session
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
        self.setObjectName("regions")
        self.setToolTip(tr("All regions, the most useful first. Click to go there."))
        self.setMinimumHeight(60)
        self.itemClicked.connect(lambda item: self.wanted.emit(item.data(_ROLE)))

    def show_session(self, session: Session | None) -> None:
        """Show a document's regions."""
        if session is None or session.guide is None:
            self.clear()
            return
        whole = max(1, sum(region.pixels for region in session.regions))
        while self.count() > len(session.regions):
            self.takeItem(self.count() - 1)
        for index, region in enumerate(session.regions):
            if index == self.count():
                self.addItem(QtWidgets.QListWidgetItem())
            item = self.item(index)
            note = tr(" (skipped)") if region.number in session.guide.skipped else ""
            item.setText(f"{region.number}:  {100 * region.pixels / whole:.1f} %{note}")
            item.setIcon(color_icon(session.guide.hints.get(region.number)))
            item.setData(_ROLE, region.number)
        self.setCurrentRow(-1 if session.current is None else session.current - 1)
