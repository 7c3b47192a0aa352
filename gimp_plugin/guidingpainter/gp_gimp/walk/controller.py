"""What the dialog's buttons do. The daemon is asked on a thread of its own, GIMP on this one."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

from gp_client import GuidingPainterError, Mask
from gp_client.errors import CANCELLED, SUPERSEDED
from gp_client.types import Color, Tell
from gp_guide.guide import Guide
from gp_guide.saved import Saved

from ..editor.document import Document
from ..editor.host import GdkPixbuf, Gegl, Gimp, tr
from ..editor.layers import SOFT
from ..editor.reading import LineArt, reading
from .asking import Answer, Opened, ask, open_page, soft
from .coloring import Action, Coloring
from .pixels import ink_of, shade_of
from .worker import Worker

LOOK = 250  # milliseconds between two looks at what the image keeps


class Controller:
    """Colours one image, and never waits.

    Args:
        document: the image.
        changed: called when the dialog has something new to show.
        progress: called with a stage and its fraction, 0..1, and with ("", 1.0) at the end.

    Attributes:
        coloring: the walk and its picture.
        answer: the daemon's latest suggestions and picture.
        ink: the line art for the page picture.
        shade: darkens all but the current region.
        about: the device that the daemon works on.
        found: gap and ink with which regions were found last, None before.
    """

    def __init__(self, document: Document, changed: Callable[[], None], progress: Tell) -> None:
        self.coloring = Coloring(document)
        self._error = ""
        self.answer = Answer()
        self.ink: GdkPixbuf.Pixbuf | None = None
        self.shade: GdkPixbuf.Pixbuf | None = None
        self.about = ""
        self.found: tuple[float | None, int | None] | None = None
        self._changed = changed
        self.worker = Worker(progress, self._failed)
        self._stepping = False

    @property
    def suggestions(self) -> tuple[Color, ...]:
        """Colours suggested for the current region, the best first."""
        coloring, number = self.coloring, self.coloring.current
        if number is None:
            return ()
        if self.answer.number == number:
            return self.answer.suggestions
        return (coloring.regions[number - 1].suggestion,)

    @property
    def message(self) -> str:
        """What the user should know, with what to do."""
        gray = self.coloring.document.gray
        tones = tr("This image is gray, so colours become tones. For colours: Image > Mode > RGB.")
        return self._error or self.coloring.trouble or (tones if gray else "")

    # Opening

    def start(self, layer: Gimp.Layer) -> None:
        """Look at the line art, and show the first region or the one where the walk stopped."""
        coloring = self.coloring
        self.worker.cancel()
        self._error = ""
        try:
            coloring.document.check_colors()
        except GuidingPainterError as error:
            self._fail(error)
            return
        coloring.choose(replace(coloring.saved, line_art=str(layer.get_tattoo())))
        self.shade = None
        bites = reading(coloring.document.image, layer)
        self.worker.in_bites(bites, tr("Reading the line art"), self._open)

    def _open(self, art: LineArt) -> None:
        saved = self.coloring.saved

        def work(tell: Tell) -> tuple[Opened, GdkPixbuf.Pixbuf, str]:
            tell(tr("Starting"), 0.0)
            client = self.worker.connected()
            opened = open_page(client, art, saved, tell)
            return opened, ink_of(art, opened.page.grid), str(client.info.get("device", ""))

        def done(answer: tuple[Opened, GdkPixbuf.Pixbuf, str]) -> None:
            opened, self.ink, self.about = answer
            same = self.coloring.take(opened)
            self.found = (saved.gap, saved.ink)
            self.answer, self.shade = Answer(), None
            unknown = self.coloring.unknown(same)
            if unknown:
                self._fetch(unknown, lambda: self.step(self.coloring.begin(same)), "begin")
            else:
                self.step(self.coloring.begin(same))

        self.worker.post("open", work, done)

    # Steps

    def step(self, action: Action, exact: Gegl.Color | None = None) -> None:
        """Do one step of the walk, one undo step, as soon as what it needs is there."""
        coloring = self.coloring
        if coloring.guide is None or self._stepping:
            return
        try:
            needs = coloring.needs(action)
        except GuidingPainterError as error:
            self._fail(error)
            return
        if needs:
            self._stepping = True
            self._fetch(needs, lambda: self._stepped(action, exact), "step")
        else:
            self._stepped(action, exact)

    def _stepped(self, action: Action, exact: Gegl.Color | None) -> None:
        self._stepping = False
        try:
            self.coloring.step(action, exact)
        except GuidingPainterError as error:
            self._fail(error)
        else:
            Gimp.displays_flush()
            self._error = ""
            self._show()

    def apply(self, color: Color, exact: Gegl.Color | None = None) -> None:
        """Give the current region a colour."""
        if self.coloring.current is not None:
            self.step(lambda guide: guide.apply(color), exact)

    def color_all(self) -> None:
        """Give all regions that are left the colours suggested for them: one undo step."""
        regions = self.coloring.regions

        def paint(guide: Guide) -> None:
            for region in regions:
                if region.number not in guide.hints:
                    guide.go_to(region.number)
                    guide.apply(region.suggestion)

        self.step(paint)

    def uncolor(self) -> None:
        """Take the current region's colour away."""
        number = self.coloring.current
        if number is not None:
            self.step(lambda guide: guide.clear(number))

    def set_output(self, output: str) -> None:
        """Choose flats, soft colours or a layer for each colour."""
        coloring = self.coloring
        if output == coloring.saved.output:
            return

        def finish() -> None:
            coloring.set_output(output)
            Gimp.displays_flush()
            self._show()

        guide = coloring.guide
        wanted = set() if guide is None else {*guide.hints, *filter(None, [guide.current])}
        needs = wanted - set(coloring.masks)
        if needs:
            self._fetch(needs, finish, "output")
        else:
            finish()

    def set_gap(self, gap: float | None) -> None:
        """Close gaps up to so many pixels, None by canvas size; the regions are found anew."""
        self._set_option(replace(self.coloring.saved, gap=gap))

    def set_ink(self, ink: int | None) -> None:
        """Take pixels darker than this for ink, None measures; the regions are found anew."""
        self._set_option(replace(self.coloring.saved, ink=ink))

    def _set_option(self, saved: Saved) -> None:
        if saved == self.coloring.saved:
            return
        self.coloring.saved = saved
        layer = self.coloring.document.layer(saved.line_art)
        if layer is not None:
            self.start(layer)

    def look(self) -> bool:
        """Follow an undo, a redo or a procedure; the dialog's timer calls it.

        Returns:
            Whether the image is still open.
        """
        coloring = self.coloring
        if not coloring.document.is_open:
            return False
        if not self._stepping and coloring.follow():
            line_art = coloring.document.layer(coloring.saved.line_art)
            if coloring.guide is None and coloring.saved.guide and line_art is not None:
                self.start(line_art)
            else:
                self._show()
        return True

    # What follows

    def _show(self) -> None:
        """Show where the walk is, and ask for what belongs to it."""
        coloring, opened = self.coloring, self.coloring.opened
        self.shade = None
        self._changed()
        if opened is None or coloring.guide is None:
            return
        page, number, hints = opened.page, coloring.current, coloring.guide.hints
        kind = "soft" if coloring.saved.output == "soft" else "flats"
        mask = None if number is None else coloring.masks.get(number)
        if mask is not None:
            self.shade = shade_of(mask, (page.width, page.height), page.grid)
            self._changed()

        def done(answer: Answer) -> None:
            self.answer = answer
            self._changed()
            ahead = coloring.needs(Guide.next) if coloring.opened is opened else set()
            if ahead:
                self._fetch(ahead, self._changed, "ahead")

        self.worker.post("answer", lambda _: ask(page, hints, number, kind), done)
        if kind == "soft":
            self._soften(opened, hints)

    def _soften(self, opened: Opened, hints: dict[int, Color]) -> None:
        document = self.coloring.document

        def done(pixels: bytes) -> None:
            layer = document.layers.find(SOFT) if document.is_open else None
            if layer is not None and self.coloring.opened is opened:
                # Not in GIMP's history: it follows the flats, which are.
                bites = document.layers.writing(layer, pixels, undo=False)
                self.worker.in_bites(bites, tr("Painting"), lambda _: Gimp.displays_flush())

        self.worker.post("soft", lambda tell: soft(opened.page, hints, tell), done)

    def _fetch(self, numbers: set[int], then: Callable[[], None], slot: str) -> None:
        opened = self.coloring.opened
        if opened is None:
            return

        def done(masks: dict[int, Mask]) -> None:
            if self.coloring.opened is opened:
                self.coloring.masks.update(masks)
                then()

        def work(tell: Tell) -> dict[int, Mask]:
            masks = {}
            for number in sorted(numbers):
                tell(tr("Fetching regions"), len(masks) / len(numbers))
                masks[number] = opened.page.mask(number)
            return masks

        self.worker.post(slot, work, done)

    def _failed(self, slot: Hashable, error: GuidingPainterError) -> None:
        if slot == "step":
            self._stepping = False
        self._fail(error)

    def _fail(self, error: GuidingPainterError) -> None:
        if error.code not in (CANCELLED, SUPERSEDED):
            self._error = str(error)
        self._changed()
