"""Which layer of an image has the lines, and whether it is still what the page knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color
from gp_guide.line_art_names import named_line_art
from gp_guide.page_view import PageView, color_of

from ..editor.document import Document
from ..editor.host import Gimp, tr
from ..editor.reading import checked, state_of


class Lines:
    """An image's line art.

    Args:
        document: the image.

    Attributes:
        known: the layer's state when it was read, see ``state``.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self.known: tuple[object, ...] = ()

    def choose(
        self,
        kept: Gimp.Layer | None,
        drawables: Sequence[Gimp.Drawable],
        chosen: bool = False,
        guess: bool = False,
    ) -> Gimp.Layer:
        """Return the layer to colour: that of before, else the selected one.

        Args:
            kept: that of before, None where there is none.
            drawables: what the user has selected.
            chosen: take the selected one even where another one was before.
            guess: where none was before, take one whose name says that it is line art.

        Raises:
            GuidingPainterError: BAD_REQUEST where it is none.
        """
        if kept is not None and not chosen:
            return kept
        named = self._named(drawables) if guess else None
        if named is not None:
            return named
        layer = checked(drawables)
        if not self._document.layers.is_ours(layer):
            return layer
        if kept is not None:
            return kept
        raise GuidingPainterError(
            BAD_REQUEST, tr("This layer is our own."), tr("Select the layer with the line art.")
        )

    def _named(self, drawables: Sequence[Gimp.Drawable]) -> Gimp.Layer | None:
        """The layer that is line art by its name, that which is selected before others."""
        foreign = self._document.layers.foreign()
        marks = {str(one.get_tattoo()) for one in drawables if isinstance(one, Gimp.Layer)}
        selected = [(mark, name) for mark, name in foreign if mark in marks]
        found = named_line_art(selected) or named_line_art(foreign)
        return None if found is None else self._document.layer(found)

    def state(self, layer: Gimp.Layer) -> tuple[object, ...]:
        """Return what is another where the layer is, see ``reading.state_of``."""
        return state_of(self._document.image, layer)

    def changed(self, layer: Gimp.Layer | None) -> bool:
        """Whether the line art has changed since it was read; None: it is gone."""
        return layer is None or self.state(layer) != self.known

    def moved(self, view: PageView, flats: bytes, tones: bool) -> bool:
        """Whether the picture lies in another place than when it was read, so that acts do not.

        Args:
            view: what the page showed then.
            flats: what our layers show now, RGBA of canvas size; empty where there are none.
            tones: whether they show tones of gray in place of colours, so only where they are.
        """
        image = self._document.image
        size = (image.get_width(), image.get_height())
        if size != (view.places.width, view.places.height):
            return True
        if not flats:
            return False
        same = other = 0
        for piece in range(view.places.count):
            color = color_of(view.given, piece)
            if color is None:
                continue
            for x, y in view.places.probes[piece]:
                pixel = flats[4 * (y * size[0] + x) :][:4]
                near = (abs(one - two) < 8 for one, two in zip(pixel, color, strict=False))
                alike = pixel[3] and (tones or all(near))
                same, other = same + bool(alike), other + (not alike)
        return 4 * other > same  # a few may have been painted over by hand


def only_tones(flats: bytes, given: Iterable[Color]) -> bool:
    """Whether flats show tones of gray for colours: they were painted while the image was gray.

    Args:
        flats: RGBA; empty where nothing is painted.
        given: colours that were given to the page.
    """
    colors = any(len(set(color)) > 1 for color in given)
    return bool(flats) and colors and flats[0::4] == flats[1::4] == flats[2::4]
