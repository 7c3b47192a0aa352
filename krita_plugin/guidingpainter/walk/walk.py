"""The walk over the page in front: a region shown, coloured, mended, and on to the next."""

from __future__ import annotations

from collections.abc import Callable

from gp_client import Mask
from gp_client.types import Box, Color
from gp_guide import acts, locks
from gp_guide.acts import Act
from gp_guide.carried import Carried
from gp_guide.clicks import GO, JOIN, TAKE
from gp_guide.drags import Drag
from gp_guide.pixels import bounds, cropped, solid

from ..editor import paint
from ..editor.canvas_view import zoom_to
from ..editor.compat import tr
from .acts import Acts
from .documents import Documents
from .jobs import Jobs
from .opening import Opening
from .pictures import Pictures
from .session import Session
from .study import Study


class Walk:
    """Guides through the page of the document in front.

    Args:
        jobs: asks the daemon, and tells the docker.
        documents: knows which document is in front.
        acts: tells the page what the artist does.
        pictures: what follows from that.
        opening: opens pages.
        study: is told which region is shown.
        look: follows what the artist did beside us, before a step.
    """

    def __init__(
        self,
        jobs: Jobs,
        documents: Documents,
        acts: Acts,
        pictures: Pictures,
        opening: Opening,
        study: Study,
        look: Callable[[], None],
    ) -> None:
        self._jobs, self._documents, self._acts = jobs, documents, acts
        self._pictures, self._opening, self._look = pictures, opening, look
        self._study = study

    # Which region is shown

    def next(self) -> None:
        """Open the page, or go to the region to ask about now."""
        self._look()
        session = self._documents.front
        if session is None or session.opening:
            return
        if session.page is None:
            session.message = ""
            self._opening.open(session)
            return

        def go() -> None:
            if session.view is not None:
                self.go_to(session.view.next)

        self._soon(session, go)

    def go_to(self, number: int | None) -> None:
        """Show a region; None: none."""
        session = self._documents.front
        if session is None or session.view is None or session.opening:
            return
        session.message = ""
        session.joining = False
        session.shown.go(session.view, number)
        self._study.went(session)
        self._pictures.suggest(session)
        self._jobs.changed.emit()

    def back(self) -> None:
        """Go to the region shown before."""
        session = self._documents.front
        if session is None or session.view is None:
            return
        if session.shown.back():
            self._study.went(session)
            self._pictures.suggest(session)
        self._jobs.changed.emit()

    def skip(self) -> None:
        """Put the region off until all others are decided."""

        def plan(session: Session) -> Act | None:
            region = session.region
            if region is None or region.state not in ("open", "proposed"):
                self.go_to(None if session.view is None else session.view.next)
                return None
            return acts.skip(session.shown)

        self._plan(plan)

    def zoom(self) -> None:
        """Show the region in the middle of Krita's view."""
        region = None if self._documents.front is None else self._documents.front.region
        if region is not None:
            zoom_to(region.bbox)

    def select(self) -> None:
        """Make the region Krita's selection, for the artist's own tools."""
        session = self._documents.front
        if session is not None and session.view is not None and session.region is not None:
            mask = session.view.places.mask(session.view.pieces[session.region.number])
            session.document.select(mask.bbox, mask.data)

    def select_color(self) -> None:
        """Make all that has the region's colour Krita's selection."""
        session = self._documents.front
        color = None if session is None else session.color
        if session is not None and session.view is not None and color is not None:
            mask = session.view.places.mask(locks.pieces_of(session.view, (color,)))
            session.document.select(mask.bbox, mask.data)

    def switch_lock(self) -> None:
        """Have all that has the region's colour keep it, or no more."""
        session = self._documents.front
        color = None if session is None else session.color
        if session is not None and color is not None:
            session.saved = session.saved.locking(color)
            session.message = ""
            session.save()
            self._jobs.changed.emit()

    # Clicks

    def click(self, x: int, y: int, meaning: str) -> None:
        """Do what a click at a pixel of the canvas means, see ``gp_guide.clicks``."""
        session = self._documents.front
        if session is None or session.view is None or session.opening:
            return
        found = session.view.region_at(x, y)
        if found is None:
            return
        session.point = (x, y)
        joining = session.joining
        session.joining = False
        if meaning == GO:
            self.go_to(found.number)
        elif meaning == TAKE:
            self.take(session.view.color_at(x, y))
        elif meaning == JOIN and (joining or session.region is not None):
            self._plan(lambda session: acts.join(session.shown, (x, y)))
        else:
            drag = locks.begun(session.view, x, y, meaning)
            if drag is not None:
                self.fill(drag)

    def fill(self, drag: Drag, color: Color | None = None) -> None:
        """Give what a drag has passed a colour, None: the colour picker's, as one act."""
        session = self._documents.front
        if color is None and session is not None:
            color = session.foreground()
        if session is None or not drag.pieces or color is None:
            return
        session.point, session.joining = drag.point, False

        def plan(session: Session) -> Act | None:
            target = locks.passed(drag, session.view, session.saved.locked)
            return None if target is None else acts.fill(target, color)

        self._plan(plan)

    def drop(self, carried: Carried) -> None:
        """Give what a colour was dropped on that colour, and make it the foreground colour."""
        session, color, point = self._documents.front, carried.color, carried.point
        if session is None or (carried.drag is None and point is None):
            return
        self.take(color)
        if carried.drag is not None:
            self.fill(carried.drag, color)
        elif point is not None:
            session.point, session.joining = point, False
            self._plan(lambda session: acts.color_at(session.shown, point, color))

    def join(self) -> None:
        """Have the next click name the region to be joined with the one shown, or do not."""
        session = self._documents.front
        if session is not None and session.region is not None:
            session.joining = not session.joining
            self._jobs.changed.emit()

    # Colours

    def take(self, color: Color | None) -> None:
        """Make a colour Krita's foreground colour; None leaves it."""
        session = self._documents.front
        if session is not None and color is not None:
            paint.set_foreground(session.document, session.exact(color))
            self._jobs.changed.emit()

    def apply(self, color: Color, everywhere: bool = False, hold: bool = False) -> None:
        """Give the region a colour.

        Args:
            color: which.
            everywhere: give it to everything that has the region's colour.
            hold: make it the foreground colour too, where no region is shown it alone.
        """
        if hold:
            self.take(color)

        def plan(session: Session) -> Act | None:
            if session.region is None and not hold:
                session.message = tr("No region is chosen yet. Press Next region.")
            return (acts.everywhere if everywhere else acts.color)(session.shown, color)

        self._plan(plan)

    def apply_foreground(self, everywhere: bool = False) -> None:
        """Give the region the colour picker's colour; see ``apply``."""
        self._look()
        session = self._documents.front
        color = None if session is None else session.foreground()
        if color is not None:
            self.apply(color, everywhere)

    def everywhere(self) -> None:
        """Give everything that has the region's colour the colour picker's."""
        self.apply_foreground(everywhere=True)

    def apply_suggestion(self) -> None:
        """Give the region the colour suggested for it."""
        self._plan(lambda session: acts.suggested(session.shown))

    def clear(self) -> None:
        """Take the region's colour away; nothing is proposed there until it is given one."""
        self._plan(lambda session: acts.clear(session.shown))

    # Proposals

    def keep(self) -> None:
        """Accept what is proposed for the region; one without a colour stays white for good."""
        self._plan(lambda session: acts.keep(session.shown))

    def keep_all(self) -> None:
        """Accept everything that is proposed."""
        self._plan(lambda session: acts.keep_all())

    def keep_piece(self) -> None:
        """Accept what is proposed for the piece on which the artist clicked last."""
        session = self._documents.front
        point = None if session is None else session.point
        if point is not None:
            self._plan(lambda session: acts.keep_at(point))

    def set_spread(self, level: str) -> None:
        """Say how sure the guide must be to propose a colour."""
        self._plan(lambda session: acts.spread(session.shown, level))

    # Where to work

    def work_in(self, box: Box | None) -> None:
        """Ask and propose only in a part of the canvas, such as a panel; None: everywhere."""
        self._plan(lambda session: acts.focus(box))

    def work_in_selection(self) -> None:
        """Ask and propose only in the box around what is selected."""

        def plan(session: Session, shape: Mask | None) -> Act | None:
            if shape is None:
                session.message = tr("Nothing is selected. Select around where you want to work.")
                return None
            return acts.focus(bounds(shape))

        self._with_selection(plan)

    # Mending

    def split(self) -> None:
        """Divide the region along the selection; where there is none, into its pieces."""
        self._with_selection(lambda session, shape: acts.split(session.shown, shape))

    def color_selection(self) -> None:
        """Give every piece that lies in the selection the colour picker's colour."""

        def plan(session: Session, shape: Mask | None) -> Act | None:
            color = session.foreground()
            if shape is None or color is None:
                session.message = tr("Nothing is selected. Select around what gets one colour.")
                return None
            view, locked = session.view, session.saved.locked
            free = None if view is None else locks.beside(shape, view, locked)
            if free is None:
                session.message = tr("All of this is locked.")
                return None
            return acts.inside(free, color)

        self._with_selection(plan)

    def _with_selection(self, plan: Callable[[Session, Mask | None], Act | None]) -> None:
        session = self._documents.front
        if session is None or session.page is None or session.opening:
            return
        width = session.document.size[0]

        def read(data: bytes) -> None:
            shape = cropped(solid(data), width)
            self._plan(lambda session: plan(session, shape))

        self._jobs.steps(session, "selection", session.document.read_selection(), read)

    def _plan(self, plan: Callable[[Session], Act | None]) -> None:
        session = self._documents.front
        if session is not None and session.page is not None and not session.opening:
            session.message = ""
            self._acts.plan(session, lambda: plan(session))
            self._jobs.changed.emit()

    def _soon(self, session: Session, go: Callable[[], None]) -> None:
        """After the acts that are under way."""

        def begin() -> None:
            if self._documents.front is session:
                go()

        self._jobs.act(session, begin)
