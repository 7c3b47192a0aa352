"""One image being coloured: the guide, and the picture that goes with it, step by step.

GIMP's undo restores layers, selection and our parasite together, so after an undo the parasite says
where the guide is. Nothing here waits: pages and masks come from whoever asks the daemon.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from gp_client import Mask, Region
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color
from gp_guide.changes import changes
from gp_guide.guide import Guide
from gp_guide.opening import resume
from gp_guide.probes import probes
from gp_guide.saved import Saved, follow

from ..editor.document import Document, to_gegl
from ..editor.host import Gegl, Gimp, tr
from ..editor.layers import FLATS, SOFT, color_role
from ..editor.reading import checked, drain
from .asking import Opened

Action = Callable[[Guide], object]


class Coloring:
    """What is known about an image that is being coloured.

    Attributes:
        document: the image.
        saved: what its parasite says.
        opened: the daemon's page, None before it was opened.
        guide: the walk, None before the page was opened.
        masks: the regions' shapes that were fetched.
        trouble: what was wrong with the saved state, or "".
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.opened: Opened | None = None
        self.guide: Guide | None = None
        self.masks: dict[int, Mask] = {}
        self.trouble = ""
        self._kept = document.read_kept()
        self.saved = self._read(self._kept)

    @property
    def regions(self) -> list[Region]:
        """The page's regions, in priority order."""
        return [] if self.opened is None else self.opened.regions

    @property
    def current(self) -> int | None:
        """The region being shown."""
        return None if self.guide is None else self.guide.current

    def line_art(self, drawables: Sequence[Gimp.Drawable], chosen: bool = False) -> Gimp.Layer:
        """Return the layer to colour: that of before, else the selected one.

        Args:
            drawables: what the user has selected.
            chosen: take the selected one even where another one was before.

        Raises:
            GuidingPainterError: BAD_REQUEST where it is none.
        """
        kept = self.document.layer(self.saved.line_art)
        if kept is not None and not chosen:
            return kept
        layer = checked(drawables)
        if not self.document.layers.is_ours(layer):
            return layer
        if kept is not None:
            return kept
        raise GuidingPainterError(
            BAD_REQUEST, tr("This layer is our own."), tr("Select the layer with the line art.")
        )

    def choose(self, saved: Saved) -> None:
        """Take options for the next opening; a fresh walk works in the artist's selection."""
        self.opened = self.guide = None
        if not saved.guide:
            saved = replace(saved, area=self.document.selected_box())
        self.saved = saved

    def take(self, opened: Opened) -> bool:
        """Hold a page that was opened.

        Returns:
            Whether the walk that the image keeps goes on; else it is a new one.
        """
        count = len(opened.regions)
        self.guide, same, trouble = resume(self.saved, opened.fingerprint, count)
        self.trouble = trouble or self.trouble
        self.opened, self.masks = opened, {}
        self.saved = replace(
            self.saved, fingerprint=opened.fingerprint, corrections=opened.corrections
        )
        return same

    def unknown(self, same: bool) -> set[int]:
        """Return the regions whose shapes ``begin`` wants and that were not fetched yet.

        Args:
            same: what ``take`` returned.
        """
        if same or self.document.layers.group() is None:
            return set()
        return {region.number for region in self.regions} - set(self.masks)

    def begin(self, same: bool) -> Action:
        """Return the first step after a page was opened.

        Where the regions are new ones, colours that fill one of them become its hint.

        Args:
            same: what ``take`` returned.
        """
        guide = self.guide
        if guide is None:
            return _stay
        if not same:
            painted: dict[int, Color | None] = {}
            for number, mask in self.masks.items():
                shown = {self.document.layers.color_at(x, y) for x, y in probes(mask)}
                if len(shown) == 1:
                    painted[number] = shown.pop()
            follow(guide, painted)
        return Guide.next if guide.current in guide.hints else _stay

    def follow(self) -> bool:
        """Take over what the image keeps, where an undo or another procedure changed it.

        Returns:
            Whether anything changed.
        """
        kept = self.document.read_kept()
        if kept == self._kept:
            return False
        self._kept, self.saved = kept, self._read(kept)
        if self.opened is not None:
            if not kept:
                self.guide = Guide(len(self.opened.regions))
            elif self.saved.fingerprint == self.opened.fingerprint:
                self.guide = self._guide()
            else:
                self.opened = self.guide = None  # regions of another time: open again
        return True

    def needs(self, action: Action) -> set[int]:
        """Return the regions whose shapes a step wants and that were not fetched yet."""
        if self.guide is None:
            return set()
        twin = Guide.from_json(self.guide.to_json())
        action(twin)
        wanted = set(changes(self.guide.hints, twin.hints))
        if twin.current is not None:
            wanted.add(twin.current)
        return wanted - set(self.masks)

    def step(self, action: Action, exact: Gegl.Color | None = None, soft: bytes = b"") -> None:
        """Do one step of the walk and what follows from it in the picture: one undo step.

        Args:
            action: changes the guide.
            exact: the colour to paint, in more detail than a hint has; None paints the hint's.
            soft: the soft colours that follow, RGBA of canvas size; empty where they come later.

        Raises:
            GuidingPainterError: the guide's or the picture's reason; then neither has changed.
        """
        guide = self.guide
        if guide is None:
            return
        before = guide.to_json()
        hints = guide.hints
        try:
            action(guide)
            with self.document.one_step():
                if not self.saved.guide and self.saved.area is not None:
                    self.document.keep_area(self.saved.area)
                self._paint(hints, guide.hints, exact)
                if self.saved.output == "soft" and (guide.hints or soft):
                    self._soften(soft)
                self._show(guide.current)
                self._keep()
        except GuidingPainterError:
            self.guide = Guide.from_json(before)
            raise

    def set_output(self, output: str) -> None:
        """Show flats, soft colours or a layer for each colour: one undo step.

        The shapes of all hinted regions must have been fetched.
        """
        if self.guide is None or self.opened is None or not self.saved.guide:
            self.saved = replace(self.saved, output=output)  # nothing was painted yet
            return
        hints, line_art = self.guide.hints, self.document.layer(self.saved.line_art)
        with self.document.one_step():
            if (output == "layers") != (self.saved.output == "layers"):
                self._paint(hints, {}, None)
                self.saved = replace(self.saved, output=output)
                self._paint({}, hints, None)
                self._show(self.guide.current)
            self.saved = replace(self.saved, output=output)
            soft = self.document.layers.find(SOFT)
            if output == "soft":
                layers = self.document.layers
                soft = layers.ensure(SOFT, line_art, self.opened.opaque)
            if soft is not None:
                soft.set_visible(output == "soft")
            self._keep()

    def clear(self) -> None:
        """Take away all that was painted and kept: one undo step. The selection is as at first."""
        with self.document.one_step():
            self.document.layers.remove()
            self.document.select_area(self.saved.area)
            self.document.forget_area()
            self.document.forget()
        self._kept = self.document.read_kept()
        self.saved = Saved(line_art=self.saved.line_art, gap=self.saved.gap, ink=self.saved.ink)
        self.opened = self.guide = None

    def _paint(
        self, before: Mapping[int, Color], after: Mapping[int, Color], exact: Gegl.Color | None
    ) -> None:
        document, layers = self.document, self.document.layers
        if self.opened is None:
            return
        line_art = document.layer(self.saved.line_art)
        apart = self.saved.output == "layers"
        for number in sorted(changes(before, after)):
            mask, color, old = self.masks[number], after.get(number), before.get(number)
            role = color_role(color) if apart and color is not None else FLATS
            if old is not None and (apart or color is None):
                layer = layers.find(color_role(old) if apart else FLATS)
                if layer is not None:
                    document.erase(layer, mask)
            if color is not None:
                layer = layers.ensure(role, line_art, self.opened.opaque)
                document.fill(layer, mask, exact if exact is not None else to_gegl(color))
        if apart:
            used = {color_role(color) for color in after.values()}
            layers.drop_unused(used)

    def _soften(self, soft: bytes) -> None:
        layers = self.document.layers
        if self.opened is not None:
            line_art = self.document.layer(self.saved.line_art)
            layer = layers.ensure(SOFT, line_art, self.opened.opaque)
            if soft:
                self.document.select_nothing()  # GIMP writes within the selection only
                drain(layers.writing(layer, soft, undo=True))

    def _show(self, number: int | None) -> None:
        if number is None:
            self.document.select_area(self.saved.area)
        else:
            self.document.select(self.masks[number])

    def _keep(self) -> None:
        if self.guide is not None:
            self.saved = replace(self.saved, guide=self.guide.to_json())
        self._kept = self.document.keep(self.saved)

    def _guide(self) -> Guide:
        try:
            return Guide.from_json(self.saved.guide)
        except GuidingPainterError as error:
            self.trouble = str(error)
            return Guide(len(self.regions))

    def _read(self, kept: bytes) -> Saved:
        self.trouble = ""
        try:
            return Saved.from_bytes(kept)
        except GuidingPainterError as error:
            self.trouble = str(error)
            return Saved()


def _stay(guide: Guide) -> None:
    """Change nothing in the walk."""
