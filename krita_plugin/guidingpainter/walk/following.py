"""Changes of the flats that are not ours: undo, redo, colours by the artist's own hand."""

from __future__ import annotations

from typing import Any

from gp_client.errors import GuidingPainterError
from gp_client.types import Color
from gp_guide.by_hand import differing, fills_of, tell
from gp_guide.page_view import PageView
from gp_guide.steps import Step
from krita import Krita

from ..editor import layers, paint
from ..editor.document import redo_left
from .acts import Acts
from .jobs import Jobs
from .session import Session

LOOK = 600  # pieces that are compared in one look; a page of more takes several


class Following:
    """Keeps the page in step with the document.

    Args:
        jobs: whether an act is under way: then nothing is compared.
        acts: tells the page.
    """

    def __init__(self, jobs: Jobs, acts: Acts) -> None:
        self._jobs, self._acts = jobs, acts

    def look(self, session: Session) -> None:
        """Compare a part of the flats with the page; follow where they differ."""
        steps, view = session.steps, session.view
        if steps is None or view is None or session.page is None or session.opening:
            return
        if self._jobs.acting or self._jobs.painting:
            return
        layer = session.flats()
        mark = layers.mark_of(session.document)
        mark = steps.now.mark if mark is None else mark
        first = session.compared % max(1, view.places.count)
        last = min(view.places.count, first + LOOK)
        session.compared = 0 if last == view.places.count else last
        known: dict[tuple[int, int], bytes] = {}
        same = mark == steps.now.mark and _noted(session, layer, steps.now, known)
        if same and not _differing(session, layer, view, known, first, last):
            session.differed = {}
            return
        session.compared = first
        self._follow(session, layer, mark)

    def _follow(self, session: Session, layer: Any, mark: int) -> None:
        steps, view = session.steps, session.view
        if steps is None or view is None:
            return
        known: dict[tuple[int, int], bytes] = {}

        def agrees(step: Step) -> bool:
            if step.mark != mark or not _noted(session, layer, step, known):
                return False
            # Of pieces that were found anew nothing else is known half-way.
            half_way = not step.whole and bool(step.left)
            return half_way or not _differing(session, layer, step.view, known)

        before = steps.now
        away = steps.find(agrees, newest=not redo_left())
        if away is not None:
            after = steps.go(away)
            if after.whole:
                self._acts.undone(session, view.acts - after.view.acts)
            else:  # one of several fills of an act: Krita takes back, or does again, the others
                name = "edit_undo" if away < 0 else "edit_redo"
                Krita.instance().action(name).trigger()
            return
        changed = _differing(session, layer, before.view, known)
        if not changed:
            steps.mark(mark)  # somebody chose another blending mode
            steps.forget()
        elif changed != session.differed:
            session.differed = changed  # once more, when her hand is at rest
        else:
            session.differed = {}
            self._read_back(session, layer, view, changed)

    def _read_back(
        self, session: Session, layer: Any, view: PageView, changed: dict[int, bytes]
    ) -> None:
        """Take what the artist has painted over whole pieces for fills."""

        def color(pixel: bytes) -> Color:
            found = session.color_of(layer, pixel)
            session.remember(found, pixel)
            return found

        try:
            fills = fills_of(changed, color)
        except GuidingPainterError as error:
            if session.message != str(error):
                self._jobs.fail(session, error)
            return
        self._acts.painted(session, lambda page: tell(page, view.places, fills))


def _differing(
    session: Session,
    layer: Any,
    view: PageView,
    known: dict[tuple[int, int], bytes],
    first: int = 0,
    last: int | None = None,
) -> dict[int, bytes]:
    """The pieces that show something else than their colour, with what they show.

    Args:
        session: knows what colours look like in this document.
        layer: the flats, None where they are gone.
        view: the page.
        known: pixels that were read already; more of them afterwards.
        first: the first piece to look at.
        last: the piece after the last one; None: all.
    """

    return differing(
        view,
        lambda x, y: _pixel(layer, (x, y), known),
        lambda pixel, color: _shows(session, layer, pixel, color),
        first,
        last,
    )


def _noted(session: Session, layer: Any, step: Step, known: dict[tuple[int, int], bytes]) -> bool:
    """Whether the flats show what a step has noted of single pixels."""
    return step.shown(
        lambda point, color: _shows(session, layer, _pixel(layer, point, known), color)
    )


def _pixel(layer: Any, point: tuple[int, int], known: dict[tuple[int, int], bytes]) -> bytes:
    if layer is None:
        return b""
    if point not in known:
        known[point] = paint.pixel_at(layer, *point)
    return known[point]


def _shows(session: Session, layer: Any, pixel: bytes, color: Color | None) -> bool:
    if layer is None or color is None:
        return not pixel and color is None
    return session.shows(layer, pixel, color)
