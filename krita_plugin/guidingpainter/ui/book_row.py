"""The docker's part for a whole book: the document's cast, and what is done with it."""

from __future__ import annotations

from pathlib import Path

from gp_client.cast import SUFFIX
from gp_guide.listing import progress
from krita import Krita

from ..editor.compat import QtWidgets, tr
from ..walk.book import Book
from ..walk.session import Session
from .widgets import push_button

GROUP, FOLDER = "guidingpainter", "casts"


class BookRow(QtWidgets.QWidget):
    """Which cast the document has, and buttons to learn from a page and to use it.

    Args:
        book: does what they say.
    """

    def __init__(self, book: Book) -> None:
        super().__init__()
        self._book, self._path = book, ""
        self._name = QtWidgets.QLabel()
        self._name.setObjectName("cast")
        self._menu = QtWidgets.QMenu(self)
        self._menu.addAction(tr("Choose a cast…")).triggered.connect(lambda: self._choose())
        self._menu.addAction(tr("New cast from this page…")).triggered.connect(lambda: self._new())
        self._forget = self._menu.addAction(tr("Forget the cast"))
        self._forget.triggered.connect(lambda: book.forget())
        button = QtWidgets.QPushButton(tr("Cast"))
        button.setObjectName("castMenu")
        button.setToolTip(
            tr(
                "A file that keeps what finished pages taught: colours that follow the figures "
                "through a whole book."
            )
        )
        button.setMenu(self._menu)
        self._learn = push_button(
            "learn",
            tr("Learn"),
            tr("Learn from this page: add the colours that you gave here to the cast."),
            lambda: self._learn_page(),
        )
        self._use = push_button(
            "useCast",
            tr("Propose"),
            tr("Have the guide propose colours for what it knows from other pages."),
            book.use,
        )
        self._keep = push_button(
            "keepSure",
            tr("Accept sure"),
            tr("Accept all proposals of which the guide is sure, as one step."),
            book.keep_sure,
        )
        first = QtWidgets.QHBoxLayout()
        first.addWidget(self._name, 1)
        first.addWidget(button)
        second = QtWidgets.QHBoxLayout()
        for one in (self._learn, self._use, self._keep):
            second.addWidget(one)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(first)
        column.addLayout(second)

    def show_session(self, session: Session | None) -> None:
        """Show a document's cast, and what can be done."""
        self._path = "" if session is None else session.saved.cast
        view = None if session is None else session.view
        scribbling = session is not None and session.scribbling
        self._name.setText(Path(self._path).name if self._path else tr("No cast yet"))
        self._name.setToolTip(self._path)
        self._forget.setEnabled(bool(self._path))
        self._menu.setEnabled(session is not None)
        started = view is not None and not scribbling
        self._learn.setEnabled(started)
        self._use.setEnabled(started and bool(self._path))
        self._keep.setEnabled(started and view is not None and progress(view)[2] > 0)

    def _learn_page(self) -> None:
        if self._path:
            self._book.learn()
        else:
            self._new()

    def _choose(self) -> None:
        path, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, tr("Choose a cast"), self._folder(), tr("Casts (*.cast)")
        )
        if path:
            self._remember(path)
            self._book.choose(path)

    def _new(self) -> None:
        place = str(Path(self._folder()) / f"{tr('book')}{SUFFIX}")
        path, _ = QtWidgets.QFileDialog.getSaveFileName(
            self, tr("New cast from this page"), place, tr("Casts (*.cast)")
        )
        if path:
            self._remember(path)
            self._book.learn(path)

    def _folder(self) -> str:
        document = Krita.instance().activeDocument()
        beside = str(Path(document.fileName()).parent) if document and document.fileName() else ""
        return str(Krita.instance().readSetting(GROUP, FOLDER, beside))

    def _remember(self, path: str) -> None:
        Krita.instance().writeSetting(GROUP, FOLDER, str(Path(path).parent))
