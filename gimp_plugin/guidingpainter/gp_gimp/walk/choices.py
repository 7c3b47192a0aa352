"""What an artist chooses: output, proposals, gaps and ink, a palette, where to work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gp_client import GuidingPainterError, Mask
from gp_client.types import Box
from gp_guide import acts
from gp_guide.acts import Act
from gp_guide.palettes import read_gpl
from gp_guide.tried import tried

from ..editor.host import GdkPixbuf, Gegl, Gimp
from ..editor.palettes import chosen_palette
from .coloring import Coloring
from .parts import Parts
from .pixels import pixbuf
from .worker import Worker


class Walk(Protocol):
    """What choices need of the controller; see there."""

    coloring: Coloring
    parts: Parts
    worker: Worker
    layer: Gimp.Layer | None

    def start(self, layer: Gimp.Layer) -> None: ...

    def changed(self) -> None: ...

    def failed(self, error: GuidingPainterError) -> None: ...

    def quick(self, do: Callable[[], None]) -> None: ...

    def act(self, plan: Callable[[], Act | None], exact: Gegl.Color | None = None) -> None: ...

    def own_selection(self) -> Mask | None: ...


class Choices:
    """Does what the dialog's tabs say.

    Args:
        walk: the walk that they hold for.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def set_spread(self, level: str) -> None:
        """Say how sure the guide must be to propose a colour."""

        self._walk.act(lambda: acts.spread(self._walk.coloring.shown, level))

    def focus(self, where: Box | str | None) -> None:
        """Ask and propose only in a part of the canvas.

        Args:
            where: the part; None: all of the area to work in; "selection": what is selected.
        """

        def plan() -> Act | None:
            box = self._walk.coloring.saved.area if where is None else where
            if isinstance(box, str):
                mask = self._walk.own_selection()
                if mask is None:
                    return None
                box = mask.bbox
            return acts.focus(box)

        self._walk.act(plan)

    def load_palette(self, path: str | None) -> None:
        """Offer other colours.

        Args:
            path: of a .gpl file; "": what is chosen in GIMP; None: no more.
        """
        try:
            colors = {} if path is None else read_gpl(path) if path else chosen_palette()
        except GuidingPainterError as error:
            self._walk.failed(error)
            return
        self._walk.quick(lambda: self._walk.coloring.set_palette(colors))

    def set_output(self, output: str) -> None:
        """Choose flats, soft colours or a layer for each colour."""
        if output != self._walk.coloring.saved.output:
            self._walk.quick(lambda: self._walk.coloring.set_output(output))

    def find(self, gap: float | None, ink: int | None) -> None:
        """Find the pieces anew; every colour keeps its place.

        Args:
            gap: gaps up to so many pixels are closed, None by canvas size.
            ink: pixels darker than this are ink, None measures.
        """
        if (gap, ink) == self._walk.coloring.saved.found:
            self._show_tried(None)  # back where it was
            return
        if self._walk.coloring.view is None and self._walk.layer is not None:
            self._walk.coloring.prefer(self._walk.coloring.saved.output, gap, ink)
            self._walk.start(self._walk.layer)
        else:
            self._walk.act(lambda: acts.find(gap, ink))

    def try_out(self, gap: float | None, ink: int | None) -> None:
        """Show what regions these would give, see ``find``; nothing else changes."""
        opened = self._walk.coloring.opened
        if opened is None:
            return
        art, size, connected = opened.art, opened.view.places.picture, self._walk.worker.connected

        def done(picture: bytes) -> None:
            if opened is self._walk.coloring.opened:
                self._show_tried(pixbuf(picture, *size))

        self._walk.worker.post(
            "tried", lambda tell: tried(connected(), art, gap, ink, size, tell), done
        )

    def _show_tried(self, picture: GdkPixbuf.Pixbuf | None) -> None:
        self._walk.parts.tried = picture
        self._walk.changed()
