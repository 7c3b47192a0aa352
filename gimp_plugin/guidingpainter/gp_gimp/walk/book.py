"""The image's cast: learned from its page, used on it, and what other images teach."""

from __future__ import annotations

from collections.abc import Callable

from gp_client import Client
from gp_client.cast import Cast
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_guide import book
from gp_guide.saved import Saved
from gp_guide.tasks import Ask, Task

from ..editor.document import Document
from ..editor.host import Gimp, tr
from ..editor.reading import reading
from .coloring import Coloring


class Book:
    """Colours that follow the figures, from page to page.

    Args:
        coloring: the page and its picture.
        do: does a task when it is its turn, while there is a page.
        connected: gives the connection to the daemon; on the client's thread only.
    """

    def __init__(
        self,
        coloring: Coloring,
        do: Callable[[Callable[[], Task[None] | None]], None],
        connected: Callable[[], Client],
    ) -> None:
        self._coloring, self._do, self._connected = coloring, do, connected

    @property
    def path(self) -> str:
        """Of the cast's file, "" where the image has none."""
        return self._coloring.saved.cast

    def choose(self, path: str) -> None:
        """Have the image remember a cast's file, and offer its colours by their names."""

        def begin() -> Task[None]:
            cast: Cast = yield Ask(lambda tell: book.read(path))
            self._coloring.keep_cast(path, cast)
            self._coloring.note = _about(cast)

        self._do(begin)

    def forget(self) -> None:
        """Have the image remember no cast; the page lets go of the one in use."""

        def begin() -> Task[None]:
            opened = self._coloring.opened
            self._coloring.keep_cast("", None)
            if opened is not None and opened.page.cast:
                yield from self._coloring.acting(book.use(None))

        self._do(begin)

    def learn(self, path: str = "") -> None:
        """Add what this page teaches to the cast.

        Args:
            path: of a file, which may be new; "": the image's.
        """

        def begin() -> Task[None]:
            coloring, file = self._coloring, book.with_suffix(path) or self.path
            opened, layer = coloring.opened, coloring.layer
            if opened is None or layer is None:
                return
            page, names = opened.page, coloring.saved.names
            about = _page_of(coloring.document, layer)
            cast: Cast = yield Ask(lambda tell: book.learn(page, file, about, names))
            coloring.keep_cast(file, cast)
            coloring.note = _about(cast)

        self._do(begin)

    def use(self) -> None:
        """Have the guide propose what the cast knows of this page: one undo step."""

        def begin() -> Task[None]:
            coloring, path = self._coloring, self.path
            connected = self._connected

            def read(tell: object) -> tuple[Cast, int]:
                cast = book.read(path)
                return cast, book.unlike(cast, connected())

            cast, left = yield Ask(read)
            yield from coloring.acting(book.use(cast))
            coloring.keep_cast(path, cast)
            if left:
                coloring.note = tr(
                    "{} pages of this cast were learned by other networks and say nothing here. "
                    "Learn from them again."
                ).format(left)

        self._do(begin)

    def keep_sure(self) -> None:
        """Accept all proposals of which the guide is sure: one undo step."""
        self._do(lambda: self._coloring.acting(book.keep_sure()))

    def others(self) -> list[Document]:
        """Return the other open images in which something was coloured."""
        mine = self._coloring.document.image
        found = [Document(image) for image in Gimp.get_images() if image != mine]
        return [document for document in found if _saved(document).acts]

    def take_from(self, document: Document) -> None:
        """Have the guide propose what another image's page teaches: one undo step."""

        def begin() -> Task[None]:
            saved = _saved(document)
            layer = document.layer(saved.line_art) if document.is_open else None
            if layer is None:
                raise GuidingPainterError(
                    BAD_REQUEST,
                    tr("The line art of that image is gone."),
                    tr("Look at it again there first."),
                )
            art = yield from reading(document.image, layer)
            about, connected = _page_of(document, layer), self._connected
            cast: Cast = yield Ask(lambda tell: book.taught(connected(), art, saved, about))
            yield from self._coloring.acting(book.use(cast))
            self._coloring.keep_cast(self.path, cast)

        self._do(begin)


def _saved(document: Document) -> Saved:
    try:
        return Saved.from_bytes(document.read_kept())
    except GuidingPainterError:
        return Saved()  # damaged: it has nothing to offer


def _page_of(document: Document, layer: Gimp.Layer) -> book.Page:
    return book.Page(document.name, document.path, layer.get_name())


def _about(cast: Cast) -> str:
    said = tr("The cast has {} pages and {} colours.")
    return said.format(len(cast.pages), len(cast.colors()))
