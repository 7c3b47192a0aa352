"""What the dialog's buttons do. The daemon is asked on a thread of its own, GIMP on this one."""

from __future__ import annotations

from collections.abc import Callable

from gp_client import GuidingPainterError, Mask
from gp_client.errors import CANCELLED, SUPERSEDED
from gp_client.types import Color, GuidedRegion, Tell
from gp_guide import acts, locks
from gp_guide.acts import Act
from gp_guide.page_view import color_of
from gp_guide.shown import STAY, Shown
from gp_guide.tasks import Task

from ..editor.document import Document, to_rgb
from ..editor.host import GdkPixbuf, Gegl, Gimp, tr
from ..editor.layers import SOFT
from .asking import give_rest
from .book import Book
from .choices import Choices
from .coloring import Coloring
from .mouse import Mouse
from .parts import Parts
from .picker import Picker, Pointer
from .scribbles import Scribbles
from .worker import Worker

LOOK = 250  # milliseconds between two looks at what the image keeps


class Controller:
    """Colours one image, and never waits: what is asked for in quick succession is done in turn.

    Args:
        document: the image.
        changed: called when the dialog has something new to show.
        progress: called with a stage and its fraction, 0..1, and with ("", 1.0) at the end.

    Attributes:
        coloring: the page and its picture.
        parts: of the dialog's picture.
        scribbles: takes what is painted on our hint layer.
        picker: takes new foreground colours, where that is wanted.
        mouse: what it does on the picture.
        book: the image's cast.
        choices: the artist's: output, palette, what counts as a line, where to work.
        layer: the line art, None before it was looked at.
        found: gap and ink with which pieces were found last, None before.
    """

    def __init__(self, document: Document, changed: Callable[[], None], progress: Tell) -> None:
        self.coloring = Coloring(document)
        self.coloring.naming = True
        self.parts = Parts()
        self.picker = Picker()
        self.scribbles = Scribbles(self.coloring)
        self.mouse = Mouse(self)
        self.choices = Choices(self)
        self.found: tuple[float | None, int | None] | None = None
        self._error = ""
        self.layer: Gimp.Layer | None = None
        self.changed = changed
        self.worker = Worker(progress, self.failed)
        self.book = Book(self.coloring, self._queue, self.worker.connected)

    @property
    def region(self) -> GuidedRegion | None:
        """The region that is shown."""
        return self.coloring.region

    @property
    def ink(self) -> GdkPixbuf.Pixbuf | None:
        """The line art, for the dialog's picture."""
        return None if self.coloring.opened is None else self.coloring.opened.ink

    @property
    def suggested(self) -> Color | None:
        """The colour suggested for the region that is shown."""
        return self.coloring.shown.suggested

    @property
    def message(self) -> str:
        """What the user should know, with what to do."""
        gray = self.coloring.document.gray
        tones = tr("This image is gray, so colours become tones. For colours: Image > Mode > RGB.")
        joining = (
            tr("Click on the region to be joined with this one.") if self.mouse.joining else ""
        )
        return self._error or joining or self.coloring.note or (tones if gray else "")

    # Opening

    def start(self, layer: Gimp.Layer) -> None:
        """Look at the line art, anew where that was done before; every colour keeps its place."""
        self._error, self.layer = "", layer
        connected = self.worker.connected
        self._in_turn(lambda: self.coloring.opening(connected, layer), self._opened)

    def look_again(self) -> None:
        """Look at the line art as it is now."""
        layer = self.coloring.layer
        if layer is not None:
            self.start(layer)

    def _opened(self) -> None:
        self.found = self.coloring.saved.found
        self._show()

    # The walk

    def next(self) -> None:
        """Go to the region to ask about now."""
        self.quick(lambda: self.coloring.go(self._view_next()))

    def back(self) -> None:
        """Go to the region that was shown before."""
        self.quick(self.coloring.back)

    def go_to(self, number: int) -> None:
        """Go to a region."""
        self.quick(lambda: self.coloring.go(number))

    def skip(self) -> None:
        """Put the region off until all others are decided."""
        self.act(lambda: acts.skip(self._where))

    # Colours

    def apply(self, color: Color, exact: Gegl.Color | None = None) -> None:
        """Give the region a colour."""

        self.act(lambda: acts.color(self._where, color), exact)

    def apply_suggestion(self) -> None:
        """Give the region the colour that is suggested for it when it is its turn."""

        self.act(lambda: acts.suggested(self._where))

    def everywhere(self, exact: Gegl.Color) -> None:
        """Give everything that has the region's colour another one."""
        self.act(lambda: acts.everywhere(self._where, to_rgb(exact)), exact)

    def color_selection(self, exact: Gegl.Color) -> None:
        """Give everything that lies in the artist's own selection a colour."""

        def plan() -> Act | None:
            mask, view = self.own_selection(), self.coloring.view
            if mask is None or view is None:
                return None
            free = locks.beside(mask, view, self.coloring.saved.locked)
            if free is None:
                self._error = tr("All of this is locked.")
                return None
            return acts.inside(free, to_rgb(exact))

        self.act(plan, exact)

    def watch(self, pointer: Pointer) -> None:
        """Take a new foreground colour or a stroke, where that is wanted."""
        scribbling = self.scribbles.on
        exact = self.picker.look(self.region is not None and not scribbling, pointer)
        if exact is not None:
            self.apply(to_rgb(exact), exact)
        if scribbling and not (pointer[2] or self.worker.busy):  # not in the middle of a stroke
            self.coloring.document.asking(None)
            task = self.scribbles.look()
            if task is not None:
                self.worker.do(lambda: task, self._acted)

    def scribble(self, on: bool) -> None:
        """Let the artist paint on our hint layer, or no more."""
        if on != self.scribbles.on:
            self._queue(self.scribbles.beginning if on else self.scribbles.ending)

    def color_rest(self) -> None:
        """Give all that is left what is proposed or suggested for it: one undo step."""

        def plan() -> Act | None:
            view = self.coloring.view
            focus = self.coloring.panel
            return None if view is None else Act(lambda page: give_rest(page, view, focus))

        self.act(plan)

    def uncolor(self) -> None:
        """Take the region's colour away."""
        self.act(lambda: acts.clear(self._where))

    def keep(self) -> None:
        """Accept what is proposed for the region; one without a colour stays white for good."""
        self.act(lambda: acts.keep(self._where))

    def keep_at(self, point: tuple[int, int]) -> None:
        """Accept what is proposed for the one piece at a pixel of the canvas."""
        self.act(lambda: acts.keep_at(point))

    def keep_all(self) -> None:
        """Accept everything that is proposed."""
        self.act(acts.keep_all)

    def given_at(self, point: tuple[int, int]) -> Color | None:
        """Return what the artist gave the piece at a pixel of the canvas."""
        view = self.coloring.view
        piece = None if view is None else view.places.piece(*point)
        return None if view is None or piece is None else color_of(view.given, piece)

    def select_color(self, color: Color) -> None:
        """Select all that has a colour, for GIMP's own tools."""
        self.quick(lambda: self.coloring.select_color(color))

    def switch_lock(self, color: Color) -> None:
        """Have all that has a colour keep it, or no more."""
        self.quick(lambda: self.coloring.switch_lock(color))

    # Mending

    def split(self) -> None:
        """Divide the region along the artist's selection, without one into its pieces."""

        self.act(lambda: acts.split(self._where, self.coloring.own_selection()))

    def take_out(self, point: tuple[int, int]) -> None:
        """Take the one piece at a pixel of the canvas out of its region."""
        self.act(lambda: acts.take_out(point))

    def undo(self) -> None:
        """Take the last act back; GIMP's history gets a step for it."""
        self.act(lambda: Act(lambda page: page.undo(), STAY, binds=False))

    def redo(self) -> None:
        """Do again what was undone last."""
        self.act(lambda: Act(lambda page: page.redo(), STAY, binds=False))

    def own_selection(self) -> Mask | None:
        """Return what the artist has selected herself; None where nothing, and then say so."""
        mask = self.coloring.own_selection()
        if mask is None:
            self._error = tr("Nothing of your own is selected. Select on the canvas first.")
        return mask

    def look(self) -> bool:
        """Follow an undo, a redo or a procedure; the dialog's timer calls it.

        Returns:
            Whether the image is still open.
        """
        if not self.coloring.document.is_open:
            return False
        if not self.worker.busy:
            task = self.coloring.follow()
            if task is not None:
                self.worker.do(lambda: task, self._show)
        return True

    # What follows

    @property
    def _where(self) -> Shown:
        return self.coloring.shown

    def act(self, plan: Callable[[], Act | None], exact: Gegl.Color | None = None) -> None:
        """Do an act that is decided on only when it is its turn.

        Args:
            plan: gives the act, None for nothing.
            exact: its colour in more detail.
        """

        def begin() -> Task[None] | None:
            act = plan()
            if act is None:
                self.changed()  # it may say why
                return None
            return self.coloring.acting(act, *([] if exact is None else [exact]))

        self._queue(begin)

    def _queue(self, begin: Callable[[], Task[None] | None]) -> None:
        def checked() -> Task[None] | None:
            coloring = self.coloring
            if coloring.view is None or not coloring.document.is_open:
                return None
            self._error = ""
            if coloring.lines.changed(coloring.layer):
                return self._again()
            followed = coloring.follow()  # an undo of a moment ago comes first
            return begin() if followed is None else _both(followed, begin)

        self._in_turn(checked, self._acted)

    def _in_turn(self, begin: Callable[[], Task[None] | None], done: Callable[[], None]) -> None:
        """Do what the artist asks for now when it is its turn."""
        document = self.coloring.document
        selected = document.selected() if document.is_open else None

        def turn() -> Task[None] | None:
            document.asking(selected)
            return begin()

        self.worker.do(turn, done)

    def _again(self) -> Task[None]:
        """The line art is not what the page knows: nothing is painted in wrong places."""
        coloring = self.coloring
        layer = coloring.layer
        if layer is None:
            coloring.note = tr("The layer with the line art is gone. Undo that, or begin again.")
            return
        yield from coloring.opening(self.worker.connected, layer)
        coloring.note = coloring.note or tr(
            "The line art had changed, so it was looked at again; your colours kept their places. "
            "Press the button once more."
        )

    def _acted(self) -> None:
        self.found = self.coloring.saved.found
        self._show()

    def quick(self, do: Callable[[], None]) -> None:
        """Do something that asks nobody, when it is its turn."""

        def begin() -> None:
            if self.coloring.view is not None and self.coloring.document.is_open:
                self._error = ""
                do()
                self._show()

        self.look()
        self._in_turn(begin, self.changed)

    def _view_next(self) -> int | None:
        return None if self.coloring.view is None else self.coloring.view.next

    def _show(self) -> None:
        """Show where the walk is, and ask for what belongs to it."""
        coloring, view = self.coloring, self.coloring.view
        Gimp.displays_flush()
        self.parts.show(view, coloring.region)
        if view is None:
            self.changed()
            return
        self.changed()
        if self.worker.waiting:
            return
        self._suggest()
        if coloring.saved.output == "soft" and coloring.document.layers.find(SOFT) is not None:
            self.worker.do(self._softening, self._soften_shown)

    def _softening(self) -> Task[None] | None:
        return None if self.worker.waiting else self.coloring.softening()

    def _soften_shown(self) -> None:
        Gimp.displays_flush()
        self.changed()

    def _suggest(self) -> None:
        region, opened = self.region, self.coloring.opened
        if region is None or opened is None:
            return

        def done(colors: list[Color]) -> None:
            if self.region is not None and self.region.number == region.number:
                self.coloring.shown.suggestions = tuple(colors)
                self.changed()

        self.worker.post("suggest", lambda _: opened.page.suggest(region.number), done)

    def failed(self, error: GuidingPainterError) -> None:
        """Say what went wrong."""
        if error.code == CANCELLED:
            self._error = tr("Cancelled. Next goes on.")
        elif error.code != SUPERSEDED:
            self._error = str(error)
            self.parts.tried = None
        self.changed()


def _both(first: Task[None], begin: Callable[[], Task[None] | None]) -> Task[None]:
    yield from first
    second = begin()
    if second is not None:
        yield from second
