"""The docker's small buttons: what mends a region, shows it, and what the canvas is for."""

from __future__ import annotations

from ..editor.compat import QtWidgets, tr
from ..walk.controller import Controller
from ..walk.session import Session
from .widgets import tool_button

ACROSS = 4  # buttons in a row


class Tools(QtWidgets.QWidget):
    """Buttons in rows.

    Args:
        controller: does what they say.
    """

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self._controller = controller
        walk = controller.walk
        self._split = tool_button(
            "split",
            tr("Split"),
            tr(
                "Divide the region along your selection; where nothing is selected, into its "
                "pieces."
            ),
        )
        self._split.clicked.connect(lambda: walk.split())
        self._merge = tool_button(
            "merge", tr("Join"), tr("Then click on what belongs to this region (or Alt+click).")
        )
        self._merge.setCheckable(True)
        self._merge.clicked.connect(lambda: walk.join())
        self._everywhere = tool_button(
            "everywhere",
            tr("Recolour"),
            tr("Give everything that has this region's colour the foreground colour."),
        )
        self._everywhere.clicked.connect(lambda: walk.everywhere())
        self._inside = tool_button(
            "inside",
            tr("Selection"),
            tr("Give everything that lies in your selection the foreground colour."),
        )
        self._inside.clicked.connect(lambda: walk.color_selection())
        self._zoom = tool_button("zoom", tr("Zoom"), tr("Show the region large in Krita's view."))
        self._zoom.clicked.connect(lambda: walk.zoom())
        self._select = tool_button(
            "select", tr("Select"), tr("Select the region, for Krita's own tools.")
        )
        self._select.clicked.connect(lambda: walk.select())
        self._canvas = tool_button(
            "canvas",
            tr("On canvas"),
            tr(
                "Clicks on Krita's canvas are ours: go there; with Shift fill that piece with the "
                "foreground colour, or all that a drag passes; with Ctrl+Shift what of that has "
                "no colour yet; with Ctrl take its colour. Press again for your own tools."
            ),
        )
        self._canvas.setCheckable(True)
        self._canvas.clicked.connect(lambda: controller.switch_clicks())
        self._scribble = tool_button(
            "scribble",
            tr("Scribble"),
            tr(
                "Paint colours on the layer Hints with any brush; what a stroke runs through gets "
                "its colour. Press again to go on with the regions."
            ),
        )
        self._scribble.setCheckable(True)
        self._scribble.clicked.connect(lambda: controller.scribble())
        self._select_color = tool_button(
            "selectColor",
            tr("Select colour"),
            tr("Select all that has this region's colour, for Krita's own tools."),
        )
        self._select_color.clicked.connect(lambda: walk.select_color())
        self._lock = tool_button(
            "lock",
            tr("Lock colour"),
            tr(
                "All that has this region's colour keeps it, whatever is filled, joined or "
                "scribbled there. Press again to unlock it."
            ),
        )
        self._lock.setCheckable(True)
        self._lock.clicked.connect(lambda: walk.switch_lock())
        buttons = (
            *(self._split, self._merge, self._everywhere, self._inside),
            *(self._zoom, self._select, self._canvas, self._scribble),
        )
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        for place, button in enumerate(buttons):
            grid.addWidget(button, place // ACROSS, place % ACROSS)
        for place, button in enumerate((self._select_color, self._lock)):
            grid.addWidget(button, len(buttons) // ACROSS, 2 * place, 1, 2)
        policy = QtWidgets.QSizePolicy.Policy
        for button in (*buttons, self._select_color, self._lock):
            button.setSizePolicy(policy.Expanding, policy.Fixed)

    def show_session(self, session: Session | None) -> None:
        """Show what can be done on a document."""
        started = session is not None and session.view is not None
        scribbling = session is not None and session.scribbling
        region = None if session is None or scribbling else session.region
        color = None if session is None or region is None else session.color
        for button in (self._zoom, self._select, self._split, self._merge):
            button.setEnabled(region is not None)
        for button in (self._everywhere, self._select_color, self._lock):
            button.setEnabled(color is not None)
        for button in (self._inside, self._canvas, self._scribble):
            button.setEnabled(started)
        self._merge.setChecked(session is not None and session.joining)
        self._lock.setChecked(session is not None and color in session.saved.locked)
        self._canvas.setChecked(self._controller.overlay.taking)
        self._scribble.setChecked(scribbling)
