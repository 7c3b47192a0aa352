"""What follows from the hints: the daemon told, its suggestion, the page picture, soft colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gp_client.errors import GuidingPainterError

from .document import SOFT
from .engine import Engine
from .session import Session

Post = Callable[[Session, str, Callable[[Any], Any], Callable[[Any], None]], None]


class Pictures:
    """Keeps the pictures of a session in step with its hints.

    Args:
        engine: asked on the worker's thread.
        post: gives the worker a job of a session.
        changed: called when the docker has something new to show.
        failed: called with what went wrong.
    """

    def __init__(
        self,
        engine: Engine,
        post: Post,
        changed: Callable[[], None],
        failed: Callable[[Session, GuidingPainterError], None],
    ) -> None:
        self._engine, self._post = engine, post
        self._changed, self._failed = changed, failed

    def update(self, session: Session) -> None:
        """Tell the daemon the hints; then its suggestion and pictures."""
        page, guide, sketch = session.page, session.guide, session.sketch
        if page is None or guide is None or sketch is None:
            return
        hints, number, kind = guide.hints, guide.current, session.saved.output

        def work(progress: Any) -> Any:
            self._engine.recolor(page, hints)
            suggestion = None if number is None else (number, page.suggest(number))
            return suggestion, self._engine.preview(page, kind, sketch)

        def took(answer: Any) -> None:
            if session.page is page:
                session.suggestion, session.preview = answer
                self._changed()

        self._post(session, "hints", work, took)
        layer = session.document.layer(SOFT)
        if kind == "soft":
            self._paint_soft(session)
        elif layer is not None and layer.visible():
            layer.setVisible(False)
            session.document.krita.refreshProjection()

    def _paint_soft(self, session: Session) -> None:
        page, document = session.page, session.document
        if page is None:
            return
        layer = document.ensure_layer(SOFT, session.line_art, session.opaque)
        try:
            format = document.layer_format(layer)
        except GuidingPainterError as error:
            self._failed(session, error)
            return

        def took(pixels: bytes) -> None:
            there = document.layer(SOFT)
            if there is not None and session.saved.output == "soft" and session.page is page:
                there.setVisible(True)
                document.write(there, pixels)

        self._post(session, "soft", lambda progress: page.render("soft", format=format), took)
