"""The docker's chooser of where on the page the guide asks and proposes."""

from __future__ import annotations

from gp_client.types import Box

from ..editor.compat import QtWidgets, Signal, tr
from ..walk.session import Session


class WorkIn(QtWidgets.QComboBox):
    """All of the page, one panel of a comic page, or the box around a selection.

    Signals:
        chosen(object): the part of the canvas, None for all of it.
        selected(): what is selected now.
    """

    chosen = Signal(object)
    selected = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._panels: tuple[Box, ...] = ()
        self.setObjectName("workIn")
        self.setToolTip(
            tr(
                "Work in: where the guide asks and proposes. Panels are those of the page; a "
                "selection counts as it is when you choose this, by the box around it."
            )
        )
        self.activated.connect(self._choose)
        self._fill()

    def show_session(self, session: Session | None) -> None:
        """Show what panels a document has, and where it is worked on."""
        opened = session is not None and session.view is not None
        self.setEnabled(opened)
        panels = session.panels if session is not None and opened else ()
        focus = session.focus if session is not None and opened else None
        if panels != self._panels:
            self._panels = panels
            self._fill()
        if focus is None:
            self.setCurrentIndex(0)
        elif focus in panels:
            self.setCurrentIndex(1 + panels.index(focus))
        else:
            self.setCurrentIndex(self.count() - 1)

    def _fill(self) -> None:
        self.clear()
        self.addItem(tr("Whole page"))
        for number in range(1, len(self._panels) + 1):
            self.addItem(tr("Panel {}").format(number))
        self.addItem(tr("In my selection"))

    def _choose(self, index: int) -> None:
        if index > len(self._panels):
            self.selected.emit()
        else:
            self.chosen.emit(self._panels[index - 1] if index else None)
