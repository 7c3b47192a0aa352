"""One image being coloured: the page, and the picture that goes with it, act by act.

What takes the daemon is written as tasks (`gp_guide.tasks`), which the dialog drives beside its own
events and the procedures at once. GIMP's undo restores layers, selection and our parasite together,
so after an undo the parasite says what was done to the page: it is played again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gp_client import Client
from gp_client.cast import Cast
from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, GuidingPainterError
from gp_client.types import Box, Color, GuidedRegion, Mask
from gp_guide import book, locks
from gp_guide.acts import Act, perform
from gp_guide.colors import to_hex
from gp_guide.older import with_recent
from gp_guide.options import last_focus
from gp_guide.page_view import PageView, color_of, view_of
from gp_guide.pixels import solid
from gp_guide.saved import Saved
from gp_guide.shown import Shown
from gp_guide.tasks import Ask, Task

from ..editor.document import Document, to_gegl, to_rgb
from ..editor.host import Gegl, Gimp, tr
from ..editor.layers import FLATS, read_rgba
from ..editor.reading import drain, reading
from ..editor.step_names import make_step
from .asking import Opened, leave_out, open_page
from .lines import Lines, only_tones
from .naming import step_name
from .painting import Painting

UNLOCK = tr("Click with the right button on what has it, and choose Unlock Its Colour.")


class Coloring:
    """What is known about an image that is being coloured.

    Attributes:
        document: the image.
        lines: which of its layers has them.
        saved: what its parasite says.
        opened: the daemon's page, None before it was opened.
        shown: what the page shows, and which region of it.
        note: what the user should know, or "".
        naming: whether undo steps are named by region and colour; else by GIMP's procedure.
        scribbling: whether the artist paints on our hint layer; then no region is selected.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.painting = Painting(document)
        self.lines = Lines(document)
        self.opened: Opened | None = None
        self.shown = Shown()
        self.note = ""
        self.naming = False
        self.scribbling = False
        self._kept = document.read_kept()
        self.saved = self._read(self._kept)

    @property
    def region(self) -> GuidedRegion | None:
        """The region that is shown."""
        return self.shown.region

    @property
    def view(self) -> PageView | None:
        """What the page shows."""
        return self.shown.view

    @property
    def current(self) -> int | None:
        """The number of the region that is shown, None where nothing is left or chosen."""
        return self.shown.number

    @property
    def color(self) -> Color | None:
        """What the artist gave the region that is shown, None where she gave it no colour."""
        region = self.region
        return region.color if region is not None and region.state == "colored" else None

    @property
    def focus(self) -> Box | None:
        """The part of the canvas to which the guide keeps; None: all of it."""
        return last_focus(self.saved.acts, self.saved.area)

    @property
    def panel(self) -> Box | None:
        """The focus where it was chosen in the dialog; None for the area to work in.

        Beside the area nothing is painted anyway, and pieces that reach into it count.
        """
        return None if self.focus == self.saved.area else self.focus

    @property
    def layer(self) -> Gimp.Layer | None:
        """The line art, None where it is gone."""
        return self.document.layer(self.saved.line_art)

    # Opening

    def prefer(self, output: str, gap: float | None, ink: int | None) -> None:
        """Take these options for an image that keeps none yet."""
        if not self.saved.begun:
            self.saved = replace(self.saved, output=output, gap=gap, ink=ink)

    def opening(self, connected: Callable[[], Client], layer: Gimp.Layer) -> Task[None]:
        """Look at the line art, and show the first region or the one where the artist stopped.

        Raises:
            GuidingPainterError: see ``Document.check_colors`` and ``Client.open_guided``.
        """
        document, old = self.document, self.opened
        document.check_colors()
        saved, selected = replace(self.saved, line_art=str(layer.get_tattoo())), document.selected()
        if not saved.begun:
            saved = replace(saved, area=selected[0])
        again = old is not None and saved.line_art == self.saved.line_art
        painted = document.layers.painted() if saved.begun else b""
        given = saved.recent if self.view is None else _given(self.view)
        tones = only_tones(painted, given)
        moved = again and self.view is not None and self.lines.moved(self.view, painted, tones)
        flats, colors = b"", ()
        if moved:
            flats, colors = painted, given
            saved = replace(saved, acts=b"", guide="", area=None, shown=None)
        elif saved.older:
            saved, flats = with_recent(saved), painted
        spread = None if self.view is None else self.view.spread
        by_hand = b"" if moved or tones else self._by_hand(saved)
        # Its box is where the guide asks; what lies in the box and beside a round one is left out.
        fresh, shape = not saved.begun, None
        if fresh and selected[0] is not None and not moved:
            shape = Mask(selected[0], solid(selected[1]))
        state = self.lines.state(layer)
        art = yield from reading(document.image, layer)

        def work(tell: Callable[[str, float], None]) -> tuple[Opened, bytes]:
            tell(tr("Starting"), 0.0)
            opened = open_page(connected(), art, saved, flats, colors, by_hand, spread, tell)
            if shape is not None and not all(shape.data):
                opened = leave_out(opened, shape)
            if old is not None:
                old.page.close()
            return opened, opened.page.acts

        opened, acts = yield Ask(work)
        if not document.is_open:
            return
        self.opened, self.lines.known, self.note = opened, state, opened.trouble
        document.area = saved.area
        self.saved = replace(saved, acts=acts, guide="")
        with document.one_step():
            if fresh and saved.area is not None and not moved:
                document.keep_area(selected)
            if tones and not document.gray:
                self.painting.renew(opened.view, self.layer, opened.opaque)
            self.painting.complete(opened.view, self.layer, opened.opaque, self.saved.output)
            self.painting.propose(opened.view, self.layer, opened.opaque)
            here = None if saved.shown is None else opened.view.region_at(*saved.shown)
            self.shown.take(opened.view, opened.view.next if here is None else here.number)
            self._show()
            self._keep()
        if moved:
            document.found(None)
        elif old is None and not fresh:
            document.found(selected)

    def _by_hand(self, saved: Saved) -> bytes:
        """Return the flats where they can be read back: all of them, in colours as given."""
        document = self.document
        flats = document.layers.find(FLATS)
        if flats is None or not saved.acts or saved.output == "layers":
            return b""
        if document.gray or saved.area is not None:
            return b""
        return read_rgba(flats, document.image)

    # Acts

    def acting(
        self,
        act: Act,
        *exact: Gegl.Color,
    ) -> Task[None]:
        """Do something to the page, and what follows from it in the picture: one undo step.

        Args:
            act: what to do.
            exact: its colours in more detail, to be painted.

        Raises:
            GuidingPainterError: the page's or the picture's reason; then neither has changed.
        """
        opened, before = self.opened, self.view
        if opened is None or before is None:
            return
        self.note = self.painting.check(before, self.saved.output)
        page = opened.page

        def work(tell: object) -> tuple[PageView, bytes]:
            return perform(page, before, act.do), page.acts

        view, acts = yield Ask(work)
        if not self.document.is_open:
            return
        if act.binds and locks.changed(before, view, self.saved.locked):
            kept = self.saved.acts
            yield Ask(lambda tell: page.play(kept))
            raise GuidingPainterError(BAD_REQUEST, tr("This colour is locked."), UNLOCK)
        if act.color is not None:
            self.saved = self.saved.using(act.color)
        shades = {to_rgb(one): one for one in exact}

        def make() -> None:
            with self.document.one_step():
                output, layer = self.saved.output, self.layer
                self.document.layers.names = self.saved.names
                self.painting.paint(before, view, layer, opened.opaque, output, shades)
                self.shown.go(view, self.shown.after(view, act.then))
                self._show()
                self.saved = replace(self.saved, acts=acts)
                self._keep()

        name = step_name(before, view, self.saved.names) if self.naming else ""
        if name:
            make_step(name, make)
        else:
            make()

    def exact(self, color: Color) -> Gegl.Color:
        """Return a colour as it was given, where it was."""
        view = self.view
        found = None if view is None else self.painting.shade(view, color)
        return found or to_gegl(color)

    def go(self, number: int | None) -> None:
        """Show another region: one undo step."""
        if self.view is not None:
            with self.document.one_step():
                self.shown.go(self.view, number)
                self._show()
                self._keep()

    def back(self) -> None:
        """Show the region that was shown before."""
        if self.shown.back():
            with self.document.one_step():
                self._show()
                self._keep()

    def named(self, number: int) -> GuidedRegion:
        """Return a region.

        Raises:
            GuidingPainterError: NO_SUCH_REGION.
        """
        found = None if self.view is None else self.view.regions.get(number)
        if found is None:
            raise GuidingPainterError(
                NO_SUCH_REGION,
                tr("This page has no region {}.").format(number),
                tr("The numbers are those that Colorize Line Art returns."),
            )
        return found

    def own_selection(self) -> Mask | None:
        """Return what the artist has selected herself, to cut along; None where nothing."""
        return self.document.own_selection()

    def select_color(self, color: Color) -> None:
        """Select all that has a colour, for GIMP's own tools: one undo step."""
        pieces = [] if self.view is None else locks.pieces_of(self.view, (color,))
        if self.view is not None and pieces:
            with self.document.one_step():
                self.document.select(self.view.places.mask(pieces))

    def switch_lock(self, color: Color) -> None:
        """Have all that has a colour keep it, or no more: one undo step."""
        self.saved = self.saved.locking(color)
        with self.document.one_step():
            self._keep()

    def scribble(self, on: bool) -> None:
        """Select no region from now on, so that a brush reaches all of the page, or one again."""
        self.scribbling = on
        self._show()
        self._keep()

    def set_palette(self, colors: Mapping[Color, str]) -> None:
        """Offer these colours with their names, in place of others that were loaded."""
        names = {to_hex(color): name for color, name in colors.items() if name}
        self.saved = replace(self.saved, palette=tuple(colors), names=names)
        with self.document.one_step():
            self._keep()

    def keep_cast(self, path: str, cast: Cast | None) -> None:
        """Remember a cast's file, and offer the colours of a cast by their names."""
        saved = self.saved if cast is None else book.shown(self.saved, cast)
        self.saved = replace(saved, cast=path)
        with self.document.one_step():
            self._keep()

    def set_output(self, output: str) -> None:
        """Show flats, soft colours or a layer for each colour: one undo step.

        Nothing is deleted: what is not wanted any more is hidden.
        """
        opened, view = self.opened, self.view
        self.saved = replace(self.saved, output=output)
        if opened is None or view is None:
            return
        with self.document.one_step():
            self.document.layers.names = self.saved.names
            self.painting.complete(view, self.layer, opened.opaque, output)
            self._show()
            self._keep()

    def softening(self) -> Task[None]:
        """Paint the soft colours anew; not in GIMP's history, they follow the flats, which are."""
        opened = self.opened
        if opened is None or self.view is None or not any(self.view.given):
            return
        page = opened.page
        pixels = yield Ask(lambda tell: page.render("soft", progress=tell))
        if self.opened is opened and self.document.is_open:
            yield from self.painting.soften(pixels, undo=False)

    def soften(self, pixels: bytes) -> None:
        """Paint soft colours within an undo step."""
        if self.opened is not None:
            self.painting.soft_layer(self.layer, self.opened.opaque)
            self.document.select_nothing()  # GIMP writes within the selection only
            drain(self.painting.soften(pixels, undo=True))
            self._show()

    # Undo and redo in GIMP

    def follow(self) -> Task[None] | None:
        """Return the task that takes over what an undo or a procedure changed; None: nothing."""
        kept = self.document.read_kept()
        if kept == self._kept:
            return None
        return self._following(kept)

    def _following(self, kept: bytes) -> Task[None]:
        opened, before = self.opened, self.view
        self._kept, self.saved = kept, self._read(kept)
        self.document.area = self.saved.area
        self.document.shown()  # it goes with what the image keeps
        if opened is None or before is None:
            return
        if not kept:
            self.opened = None
            self.shown.take(None, None)
            yield Ask(lambda tell: opened.page.close())
            return
        page, acts = opened.page, self.saved.acts

        def work(tell: object) -> PageView:
            if page.acts != acts:
                page.play(acts)
            return view_of(page, before.places.picture, before)

        view = yield Ask(work)
        here = None if self.saved.shown is None else view.region_at(*self.saved.shown)
        self.shown.take(view, None if here is None else here.number)

    def remove_all(self) -> None:
        """Take away all that was painted and kept: one undo step. The selection is as at first."""
        self.document.area = self.saved.area
        with self.document.one_step():
            self.document.layers.remove()
            self.document.select_area()
            self.document.forget_area()
            self.document.forget()
        self._kept = self.document.read_kept()
        old = self.saved
        self.saved = Saved(line_art=old.line_art, gap=old.gap, ink=old.ink)
        self.saved = replace(self.saved, palette=old.palette, names=old.names)
        self.opened = None
        self.shown.take(None, None)

    def _show(self) -> None:
        """Select the region that is shown, and note where it is."""
        view, region = self.view, self.region
        if view is None or region is None or self.scribbling:
            self.document.select_area()
            if not self.scribbling:
                self.saved = replace(self.saved, shown=None)
            return
        self.document.show(view.places.mask(view.pieces[region.number]))
        self.saved = replace(self.saved, shown=view.probes(region.number)[0])

    def _keep(self) -> None:
        self._kept = self.document.keep(self.saved)

    def _read(self, kept: bytes) -> Saved:
        try:
            return Saved.from_bytes(kept)
        except GuidingPainterError as error:
            self.note = str(error)
            return Saved()


def _given(view: PageView) -> tuple[Color, ...]:
    found = {color_of(view.given, piece) for piece in range(view.places.count)}
    return tuple(color for color in found if color is not None)
