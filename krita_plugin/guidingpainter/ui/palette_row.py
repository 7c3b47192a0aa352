"""The docker's colours: those of this document, and a palette that was loaded."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from gp_client.errors import GuidingPainterError
from gp_client.types import Color
from gp_guide.colors import to_hex
from gp_guide.older import with_recent
from gp_guide.palettes import read_gpl
from gp_guide.saved import Saved
from krita import Krita

from ..editor.compat import QtCore, QtWidgets, Signal, tr
from ..editor.document import Document, open_documents
from ..walk.session import Session
from .swatches import Swatches
from .widgets import check_box

GROUP, FOLDER = "guidingpainter", "palettes"
HIGHEST = 90  # pixels: a large palette scrolls


class PaletteRow(QtWidgets.QWidget):
    """Colours to click on, and a menu to load others.

    Signals:
        picked(tuple): a colour for the region.
        taken(tuple): a colour for Krita's foreground alone.
        carried(tuple, object, object), dropped(tuple, object, object): a colour that is dragged
            onto the page, see `Swatches`.
        returned(): it is not dropped anywhere.
        loaded(object): colours to keep, each with its name or ""; {} to take them away.
        drawn(object): a document whose colours are wanted, by what is drawn there.
        followed(bool): whether the colour picker is taken over.
        failed(object): the GuidingPainterError that says why a palette could not be loaded.
    """

    picked = Signal(tuple)
    taken = Signal(tuple)
    carried = Signal(tuple, object, object)
    dropped = Signal(tuple, object, object)
    returned = Signal()
    loaded = Signal(object)
    drawn = Signal(object)
    followed = Signal(bool)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._recent, self._palette = Swatches("recent"), Swatches("palette")
        self._recent.setToolTip(tr("The colours of this document, newest first."))
        self._palette.setToolTip(tr("The palette that you loaded."))
        inside = QtWidgets.QWidget()
        rows = QtWidgets.QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        for swatches in (self._recent, self._palette):
            swatches.picked.connect(self.picked.emit)
            swatches.taken.connect(self.taken.emit)
            swatches.carried.connect(self.carried.emit)
            swatches.dropped.connect(self.dropped.emit)
            swatches.returned.connect(self.returned.emit)
            swatches.setVisible(False)
            rows.addWidget(swatches)
        rows.addStretch(1)
        self._inside = inside
        self._scroll = QtWidgets.QScrollArea()
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self._scroll.setMaximumHeight(HIGHEST)
        for widget in (self._scroll.viewport(), inside):
            widget.setAutoFillBackground(False)  # nor a bar behind colours that are switched off
        button = QtWidgets.QPushButton(tr("Palette"))  # draws its arrow beside the text
        button.setObjectName("paletteMenu")
        button.setToolTip(tr("Load colours."))
        self._menu = QtWidgets.QMenu(self)
        self._menu.aboutToShow.connect(self.fill_menu)
        self._menu.setToolTipsVisible(True)
        button.setMenu(self._menu)
        self._follow = check_box(
            "follow",
            tr("Colour as soon as I pick"),
            tr(
                "A new foreground colour in Krita is given to the region as soon as the mouse "
                "leaves the place where you chose it."
            ),
            self.followed.emit,
        )
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._follow, 1)
        row.addWidget(button)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        column.addLayout(row)
        self._fit()

    def show_session(self, session: Session | None) -> None:
        """Show a document's colours."""
        recent = () if session is None else session.recent
        palette = () if session is None else session.saved.palette
        names = {} if session is None else session.saved.names
        self._recent.show_colors(recent, names)
        self._palette.show_colors(palette, names)
        self._inside.setEnabled(session is not None)
        self._fit()

    def show_followed(self, on: bool) -> None:
        """Show whether the colour picker is taken over."""
        self._follow.setChecked(on)

    def fill_menu(self) -> None:
        """Offer what can be loaded just now."""
        self._menu.clear()
        self._add(tr("Load a palette file…")).triggered.connect(lambda: self._load())
        others = self._menu.addMenu(tr("Propose by what is drawn in"))
        for document in open_documents():
            colors = document_colors(document)
            if colors and not document.is_active:
                entry = others.addAction(document.name)
                entry.triggered.connect(partial(self._take, document))
        others.setEnabled(bool(others.actions()))
        forget = self._add(tr("Forget the loaded palette"))
        forget.setEnabled(bool(self._palette.colors))
        forget.triggered.connect(lambda: self.loaded.emit({}))

    def load(self, path: str) -> None:
        """Load a palette's file."""
        try:
            self.loaded.emit(read_gpl(path))
        except GuidingPainterError as error:
            self.failed.emit(error)

    def _load(self) -> None:
        path, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, tr("Load a palette"), palettes_folder(), tr("Palettes (*.gpl)")
        )
        if path:
            Krita.instance().writeSetting(GROUP, FOLDER, str(Path(path).parent))
            self.load(path)

    def _add(self, text: str) -> Any:
        return self._menu.addAction(text)

    def _take(self, document: Document, _checked: bool = False) -> None:
        self.drawn.emit(document)

    def _fit(self) -> None:
        width = max(1, self._scroll.viewport().width())
        heights = [
            swatches.heightForWidth(width) + 4
            for swatches in (self._recent, self._palette)
            if swatches.colors
        ]
        self._scroll.setFixedHeight(min(HIGHEST, sum(heights)))


def palettes_folder() -> str:
    """Return where the last palette came from, at first where Krita keeps its own."""
    standard = QtCore.QStandardPaths
    own = Path(standard.writableLocation(standard.StandardLocation.AppDataLocation)) / "palettes"
    return str(Krita.instance().readSetting(GROUP, FOLDER, str(own)))


def document_colors(document: Document) -> dict[Color, str]:
    """Return the colours that a document keeps: those used there, then those loaded there."""
    try:
        saved = with_recent(Saved.from_bytes(document.read_annotation()))
    except GuidingPainterError:
        return {}  # damaged: it has nothing to offer
    return {color: saved.names.get(to_hex(color), "") for color in (*saved.recent, *saved.palette)}
