"""What the artist does to a page: told to the daemon, painted by Krita, one undo step each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gp_client import GuidedPage
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_guide import locks
from gp_guide.acts import Act, Do, Note
from gp_guide.page_view import PageView
from gp_guide.shown import NEXT, STAY
from gp_guide.steps import Step
from gp_guide.tasks import Ask

from ..editor import layers, paint
from ..editor.compat import tr
from ..editor.paint import Fill
from ..editor.steps import Steps
from ..editor.steps import soon as later
from .engine import Answer
from .jobs import Jobs
from .session import Session
from .study import Study

UNLOCK = tr("Go to what has it, and press Lock colour again.")


class Acts:
    """Does acts on a session's page.

    Args:
        jobs: asks the daemon, one act after the other.
        study: writes them down, where somebody wants that.
        done: called when an act is through and its session shows what it changed.
    """

    def __init__(self, jobs: Jobs, study: Study, done: Callable[[Session], None]) -> None:
        self._jobs, self._study, self._done = jobs, study, done

    def do(self, session: Session, act: Act) -> None:
        """Do an act when those before it are through."""
        self.plan(session, lambda: act)

    def plan(self, session: Session, plan: Callable[[], Act | None]) -> None:
        """Do an act that is decided on only when it is its turn: a region may be another then.

        Args:
            session: whose page.
            plan: gives the act, None for nothing.
        """

        def begin() -> Steps[None] | None:
            if session.page is None or session.opening:
                return None
            act = plan()
            if act is None:
                self._jobs.changed.emit()
                return None
            session.message = ""
            return self.doing(session, act)

        self._jobs.act(session, begin)

    def painted(self, session: Session, do: Do) -> None:
        """Tell the page what the artist has painted herself; her own undo step stands for it."""
        self._jobs.act(session, lambda: self._follow(session, do, True, Note("by hand")))

    def undone(self, session: Session, count: int) -> None:
        """Take acts back that Krita has taken back; below 0: do them again."""

        def do(page: GuidedPage) -> None:
            for _ in range(abs(count)):
                (page.undo if count > 0 else page.redo)()

        note = Note("undo" if count > 0 else "redo")
        self._jobs.act(session, lambda: self._follow(session, do, False, note, abs(count)))

    def doing(self, session: Session, act: Act) -> Steps[None]:
        """Do an act now, as a part of work whose turn it is; see ``Jobs.act``."""
        page, before, steps = session.page, session.view, session.steps
        if page is None or before is None or steps is None:
            return
        layer = layers.ensure(session.document, session.line_art, session.opaque)
        problem = paint.refusal(session.document, layer)
        if problem is not None:
            session.refused = True
            raise problem
        answer: Answer = yield Ask(lambda tell: self._jobs.engine.act(page, before, act.do))
        if act.binds and locks.changed(before, answer.view, session.saved.locked):
            yield Ask(lambda tell: page.undo())
            raise GuidingPainterError(BAD_REQUEST, tr("This colour is locked."), UNLOCK)
        if answer.view.acts == before.acts and not answer.fills:
            steps.renew(answer.view)  # it took the place of the act before, or did nothing
        elif answer.fills:
            try:
                yield from self._paint(session, answer, before)
            except GuidingPainterError:
                yield Ask(lambda tell: page.undo())
                raise
        else:
            yield from layers.added(
                session.document, layers.RENEWAL, session.line_art, session.opaque, lambda: False
            )
            mark = steps.next_mark
            layers.set_mark(session.document, mark)
            steps.add(Step(answer.view, mark))
        if act.color is not None:
            session.use(act.color)
        self._show(session, answer, act.then)
        self._study.note(session, act.note, before)

    def _paint(self, session: Session, answer: Answer, before: PageView) -> Steps[None]:
        """Paint what changed; several colours are several steps, of which Krita undoes all."""
        steps, mark = session.steps, session.steps.now.mark  # type: ignore[union-attr]
        shown = bytearray(before.colors)
        same = before.places is answer.view.places
        painted = () if same else tuple((fill.color, fill.probes) for fill in answer.fills)
        steps.expect(painted)  # type: ignore[union-attr]
        self._jobs.painting = True
        try:
            for place, fill in enumerate(answer.fills, 1):
                layer = session.flats()
                exact = None if fill.color is None else session.exact(fill.color)
                pixel = yield from paint.fill(session.document, layer, fill, exact)
                if fill.color is not None:
                    session.remember(fill.color, pixel)
                done, left = painted[:place], painted[place:]
                partly, last = answer.view, place == len(answer.fills)
                if same and not last:
                    _give(shown, fill)
                    partly = replace(answer.view, colors=bytes(shown))
                steps.add(Step(partly, mark, last, done, left))  # type: ignore[union-attr]
        finally:
            self._jobs.painting = False

    def _follow(
        self, session: Session, do: Do, new: bool, note: Note, times: int = 1
    ) -> Steps[None]:
        page, before, steps = session.page, session.view, session.steps
        if page is None or before is None or steps is None:
            return
        answer: Answer = yield Ask(lambda tell: self._jobs.engine.act(page, before, do))
        if new:
            steps.add(Step(answer.view, steps.now.mark))
        else:
            steps.renew(answer.view)
        self._show(session, answer, STAY if new else NEXT)
        self._study.note(session, note, before, times)

    def _show(self, session: Session, answer: Answer, then: str) -> None:
        session.shown.go(answer.view, session.shown.after(answer.view, then))
        session.joining = False
        session.save(answer.acts)
        later(0, lambda: self._done(session))


def _give(colors: bytearray, fill: Fill) -> None:
    for piece in fill.pieces:
        at = 4 * piece
        colors[at : at + 4] = bytes(4) if fill.color is None else bytes((*fill.color, 255))
