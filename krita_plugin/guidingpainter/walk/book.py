"""The document's cast: learned from its page, used on it, and what other documents teach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gp_client.cast import Cast
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_guide import book
from gp_guide.saved import Saved
from gp_guide.tasks import Ask

from ..editor.compat import tr
from ..editor.document import Document
from ..editor.steps import Steps
from .acts import Acts
from .documents import Documents
from .jobs import Jobs
from .session import Session


class Book:
    """Colours that follow the figures, from page to page.

    Args:
        jobs: asks the daemon, and tells the docker.
        documents: knows which document is in front.
        acts: tells the page what the artist does.
    """

    def __init__(self, jobs: Jobs, documents: Documents, acts: Acts) -> None:
        self._jobs, self._documents, self._acts = jobs, documents, acts

    def choose(self, path: str) -> None:
        """Have the document remember a cast's file, and offer its colours by their names."""

        def begin(session: Session) -> Steps[None]:
            cast: Cast = yield Ask(lambda tell: book.read(path))
            session.saved = replace(book.shown(session.saved, cast), cast=path)
            session.save()
            session.message = self._about(cast)

        self._do(begin, opened=False)

    def forget(self) -> None:
        """Have the document remember no cast; the page lets go of the one in use."""

        def begin(session: Session) -> Steps[None]:
            session.saved = replace(session.saved, cast="")
            session.save()
            if session.page is not None and session.page.cast:
                yield from self._acts.doing(session, book.use(None))

        self._do(begin, opened=False)

    def learn(self, path: str = "") -> None:
        """Add what this page teaches to the cast.

        Args:
            path: of a file, which may be new; "": the document's.
        """

        def begin(session: Session) -> Steps[None]:
            page, file = session.page, book.with_suffix(path) or session.saved.cast
            if page is None:
                return
            about, names = _about(session.document, session.line_art), session.saved.names
            cast: Cast = yield Ask(lambda tell: book.learn(page, file, about, names))
            session.saved = replace(book.shown(session.saved, cast), cast=file)
            session.save()
            session.message = self._about(cast)

        self._do(begin)

    def use(self) -> None:
        """Have the guide propose what the cast knows of this page; one act."""

        def begin(session: Session) -> Steps[None]:
            path = session.saved.cast
            cast: Cast = yield Ask(lambda tell: book.read(path))
            session.saved = book.shown(session.saved, cast)
            yield from self._acts.doing(session, book.use(cast))
            left = book.unlike(cast, self._jobs.engine.client)
            if left:
                session.message = tr(
                    "{} pages of this cast were learned by other networks and say nothing here. "
                    "Learn from them again."
                ).format(left)

        self._do(begin)

    def take_from(self, document: Document) -> None:
        """Have the guide propose what another open document's page teaches; one act."""

        def begin(session: Session) -> Steps[None]:
            saved = Saved.from_bytes(document.read_annotation())
            if not saved.acts:
                raise GuidingPainterError(
                    BAD_REQUEST,
                    tr("Nothing has been coloured in {} yet.").format(document.name),
                    tr("Colour it first."),
                )
            read = yield from document.read_line_art(saved.line_art or document.guess_line_art())
            client, about = self._jobs.engine.client, _about(document, saved.line_art)
            cast: Cast = yield Ask(lambda tell: book.taught(client, read.join(), saved, about))
            session.saved = book.shown(session.saved, cast)
            yield from self._acts.doing(session, book.use(cast))

        self._do(begin)

    def keep_sure(self) -> None:
        """Accept all proposals of which the guide is sure; one act."""

        def begin(session: Session) -> Steps[None]:
            return self._acts.doing(session, book.keep_sure())

        self._do(begin)

    def _do(self, begin: Callable[[Session], Steps[None]], opened: bool = True) -> None:
        """Do something for the document in front, after what was asked for before.

        Args:
            begin: the work.
            opened: whether it takes a page.
        """
        session = self._documents.front
        if session is None or session.opening or (opened and session.page is None):
            return
        session.message = ""
        self._jobs.act(session, lambda: self._done(begin(session)))
        self._jobs.changed.emit()

    def _done(self, work: Steps[None]) -> Steps[None]:
        yield from work
        self._jobs.changed.emit()

    def _about(self, cast: Cast) -> str:
        said = tr("The cast has {} pages and {} colours.")
        return said.format(len(cast.pages), len(cast.colors()))


def _about(document: Document, line_art: str) -> book.Page:
    names = {layer.id: layer.name for layer in document.layers()}
    return book.Page(document.name, document.path, names.get(line_art, ""))
