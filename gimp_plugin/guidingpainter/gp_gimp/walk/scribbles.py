"""Scribble mode: the artist paints on our hint layer with GIMP's own brushes."""

from __future__ import annotations

from gp_client.types import Color, Mask
from gp_guide import locks
from gp_guide.acts import Act
from gp_guide.shown import STAY
from gp_guide.strokes import Strokes, painted
from gp_guide.tasks import Ask, Task

from ..editor.document import exact_at, to_rgb
from ..editor.host import Gegl, Gimp
from ..editor.layers import HINTS, read_rgba
from ..editor.reading import state_of
from .coloring import Coloring

_LOOKS = 16  # pixels of a stroke that are looked at for its colour: one has hard edges


class Scribbles:
    """Makes acts of what is painted on the hint layer.

    Args:
        coloring: the image's.

    Attributes:
        on: whether the artist scribbles now.
    """

    def __init__(self, coloring: Coloring) -> None:
        self._coloring = coloring
        self._known: Strokes = {}
        self._seen: object = None  # how the layer looked at the last look,
        self._read: object = None  # and when its strokes were read last
        self._before: list[Gimp.Layer] = []  # that were selected when she began

    @property
    def on(self) -> bool:
        """Whether the artist scribbles now."""
        return self._coloring.scribbling

    def beginning(self) -> Task[None]:
        """Make the hint layer the one that she paints on; what is there already says nothing."""
        coloring, document = self._coloring, self._coloring.document
        if coloring.opened is None or self.on:
            return
        self._before = document.image.get_selected_layers()
        with document.one_step():
            layer = document.layers.ensure(HINTS, coloring.layer, coloring.opened.opaque)
            layer.set_visible(True)
            coloring.scribble(True)
        document.image.set_selected_layers([layer])
        Gimp.displays_flush()
        self._seen = self._read = state_of(document.image, layer)
        self._known, _ = yield from self._painted(layer)

    def ending(self) -> Task[None]:
        """Take what is painted last; give her own layers and the region back. Strokes stay."""
        layer = self._coloring.document.layers.find(HINTS)
        if layer is not None and state_of(self._coloring.document.image, layer) != self._read:
            yield from self._taking(layer)
        self.leave()

    def leave(self) -> None:
        """Give her own layers and the region back."""
        coloring, document = self._coloring, self._coloring.document
        if not self.on:
            return
        layer = document.layers.find(HINTS)
        with document.one_step():
            if layer is not None:
                layer.set_visible(False)
            coloring.scribble(False)
        before = [one for one in self._before if one.is_valid()]
        if before:
            document.image.set_selected_layers(before)
        Gimp.displays_flush()

    def look(self) -> Task[None] | None:
        """Return the task that reads the layer, where it has changed and come to rest."""
        document = self._coloring.document
        layer = document.layers.find(HINTS)
        if layer is None:  # undone, or deleted
            self.leave()
            return None
        state = state_of(document.image, layer)
        before, self._seen = self._seen, state
        if state != before or state == self._read:
            return None
        return self._taking(layer)

    def _taking(self, layer: Gimp.Layer) -> Task[None]:
        self._read = state_of(self._coloring.document.image, layer)
        self._known, fresh = yield from self._painted(layer)
        if fresh:
            yield from taking(self._coloring, fresh, layer)

    def _painted(self, layer: Gimp.Layer) -> Task[tuple[Strokes, dict[Color, Mask]]]:
        return (yield from reading(self._coloring.document.image, layer, self._known))


def reading(
    image: Gimp.Image, layer: Gimp.Layer, known: Strokes
) -> Task[tuple[Strokes, dict[Color, Mask]]]:
    """Return what is painted on a layer, and of that what was not before: masks by colour.

    Args:
        image: the layer's.
        layer: of any size and offset.
        known: what was painted before.

    Raises:
        GuidingPainterError: see ``gp_guide.strokes.painted``.
    """
    size = (image.get_width(), image.get_height())
    pixels = read_rgba(layer, image)

    def work(tell: object) -> tuple[Strokes, dict[Color, Mask]]:
        found = pixels if any(pixels[3::4]) else b""
        return painted(found, "RGBA8", (0, 0, *size), size, known)

    return (yield Ask(work))


def taking(
    coloring: Coloring, fresh: dict[Color, Mask], layer: Gimp.Layer | None = None
) -> Task[None]:
    """Give what strokes on a layer run through their colours; what has a locked one keeps it."""
    view, locked = coloring.view, coloring.saved.locked
    if view is None:
        return
    free = {rgb: locks.beside(mask, view, locked) for rgb, mask in fresh.items()}
    shapes = [(rgb, mask) for rgb, mask in free.items() if mask is not None]
    if shapes:
        last = shapes[-1][0]
        finer = [] if layer is None else [_exact(layer, rgb, fresh[rgb]) for rgb, _ in shapes]
        yield from coloring.acting(
            Act(lambda page: [page.color(mask, rgb) for rgb, mask in shapes], STAY, last),
            *(one for one in finer if one is not None),
        )


def _exact(layer: Gimp.Layer, color: Color, mask: Mask) -> Gegl.Color | None:
    """Return what a stroke was painted with, which may lie beyond sRGB; None: not to be told."""
    (left, top, width, _), (_, *offsets) = mask.bbox, layer.get_offsets()
    inside = [at for at, value in enumerate(mask.data) if value]
    for at in inside[:: max(1, len(inside) // _LOOKS)]:
        x, y = left + at % width - offsets[0], top + at // width - offsets[1]
        if 0 <= x < layer.get_width() and 0 <= y < layer.get_height():
            found = exact_at(layer, x, y)
            if found is not None and to_rgb(found) == color:
                return found
    return None
