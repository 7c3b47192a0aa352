"""What a page's colours are in the image: flats, and a layer for each colour where it is wanted.

A kind of layer that is there is kept in step with the page, shown or hidden; one that is missing is
painted in full when it is wanted. Only pieces whose colour has changed are touched: what the artist
paints elsewhere on our layers stays.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping

from gp_client.types import Color
from gp_guide.colors import parse_color
from gp_guide.page_view import PageView, color_of
from gp_guide.repaint import (
    Fills,
    Shapes,
    merged,
    painted,
    proposed,
    proposed_anew,
    repaint_pixels,
    shapes,
)

from ..editor.document import Document, alike, exact_at, to_gegl, to_rgb
from ..editor.host import Gegl, Gimp, tr
from ..editor.layers import FLATS, PROPOSALS, SOFT, color_role

Shades = Mapping[Color, Gegl.Color]  # a colour in more detail than the page knows it
_LOOKS = 24  # pixels that are looked at for one
_FEW = 4  # colours that are filled one by one: each takes GIMP several requests


class Painting:
    """Paints on an image's layers of ours.

    Args:
        document: the image.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._shades: dict[Color, Gegl.Color] = {}  # that were given lately

    def check(self, view: PageView, output: str) -> str:
        """Make sure that our layers can be painted on.

        Returns:
            What the artist should know of them, or "".

        Raises:
            GuidingPainterError: BAD_REQUEST where one is locked.
        """
        layers = self._document.layers
        flats, colors = layers.find(FLATS), layers.colors()
        for layer in (*([] if flats is None else [flats]), *colors.values()):
            self._document.check_unlocked(layer)
        group = layers.group()
        if not any(view.given):
            return ""
        if output != "layers" and flats is None:
            return tr("The layer Flats was gone; it is painted anew.")
        hidden = group is not None and not group.get_visible()
        if hidden or (output != "layers" and flats is not None and not flats.get_visible()):
            return tr("Our layers are hidden; show them in the Layers dialog to see the colours.")
        return ""

    def paint(
        self,
        before: PageView,
        after: PageView,
        line_art: Gimp.Layer | None,
        opaque: bool,
        output: str,
        shades: Shades,
    ) -> None:
        """Paint what an act has changed.

        Args:
            before, after: the page.
            line_art: what our group lies next to.
            opaque: whether that hides what lies under it.
            output: what is wanted, see ``Saved``.
            shades: of colours that are given.
        """
        layers = self._document.layers
        if layers.find(PROPOSALS) is None:
            self.propose(after, line_art, opaque)
        else:
            self._propose(after, proposed_anew(before, after), line_art, opaque)
        fills = repaint_pixels(before, after)
        if not fills:
            return
        shades = self._known(before, fills, shades)
        flats, apart = layers.find(FLATS), layers.colors()
        if flats is not None:
            self._fill(flats, fills, shades)
        if apart:
            self._fill_apart(after, fills, shades, line_art, opaque)
        self._add_missing(after, line_art, opaque, output, shades)

    def shade(self, view: PageView, color: Color) -> Gegl.Color | None:
        """Return a colour as it was painted before, which the page knows in 8 bits of sRGB.

        Returns:
            None where nothing had it, or an image of few tones rounds it.
        """
        layers, looked = self._document.layers, 0
        layer = layers.colors().get(color_role(color)) or layers.find(FLATS)
        for piece in range(0 if layer is None else view.places.count):
            if color_of(view.given, piece) != color:
                continue
            for x, y in view.places.probes[piece]:
                found = exact_at(layer, x, y)
                if found is not None and to_rgb(found) == color:
                    return found
                looked += 1
            if looked > _LOOKS:
                break
        return self._shades.get(color)

    def _known(self, view: PageView, fills: Iterable[Color | None], given: Shades) -> Shades:
        """Add to shades that are given those that were painted before."""
        found = {color: self.shade(view, color) for color in fills if color is not None}
        self._shades.update({color: one for color, one in found.items() if one is not None})
        self._shades.update(given)
        return self._shades

    def propose(self, view: PageView, line_art: Gimp.Layer | None, opaque: bool) -> None:
        """Show what is proposed, and nothing else, on its own layer."""
        layer = self._document.layers.find(PROPOSALS)
        if layer is not None:
            layer.set_lock_content(False)
            self._document.erase_all(layer)
        self._propose(view, proposed(view), line_art, opaque)

    def complete(
        self, view: PageView, line_art: Gimp.Layer | None, opaque: bool, output: str
    ) -> None:
        """Show what is wanted, and hide what is not."""
        self._add_missing(view, line_art, opaque, output, {})
        layers = self._document.layers
        if output == "soft" and any(view.given):
            self.soft_layer(line_art, opaque)
        layers.show_output(output)

    def renew(self, view: PageView, line_art: Gimp.Layer | None, opaque: bool) -> None:
        """Paint all colours again, over the tones that they were while the image was gray."""
        layers, fills = self._document.layers, shapes(view, painted(view))
        flats = layers.find(FLATS)
        if flats is not None:
            self._fill(flats, fills, self._shades)
        if layers.colors():
            self._fill_apart(view, fills, self._shades, line_art, opaque)

    def soft_layer(self, line_art: Gimp.Layer | None, opaque: bool) -> Gimp.Layer:
        """Return the layer of soft colours, made where it is missing."""
        return self._document.layers.ensure(SOFT, line_art, opaque)

    def soften(self, pixels: bytes, undo: bool) -> Generator[float, None, None]:
        """Paint soft colours, RGBA of canvas size, where there is a layer for them."""
        layer = self._document.layers.find(SOFT)
        if layer is not None:
            yield from self._document.layers.writing(layer, pixels, undo)

    def _propose(
        self, view: PageView, fills: Fills, line_art: Gimp.Layer | None, opaque: bool
    ) -> None:
        if fills:
            layer = self._document.layers.ensure(PROPOSALS, line_art, opaque)
            layer.set_lock_content(False)
            self._fill(layer, shapes(view, fills), {})
            layer.set_lock_content(True)  # no hand of hers is to be lost on it

    def _add_missing(
        self,
        view: PageView,
        line_art: Gimp.Layer | None,
        opaque: bool,
        output: str,
        shades: Shades,
    ) -> None:
        layers, given = self._document.layers, painted(view)
        if not given:
            return
        if output == "layers":
            if not layers.colors():
                shades = self._known(view, given, shades)
                self._fill_apart(view, shapes(view, given), shades, line_art, opaque)
        elif layers.find(FLATS) is None:
            shades = self._known(view, given, shades)
            self._fill(layers.ensure(FLATS, line_art, opaque), shapes(view, given), shades)
        if output == "soft":
            self.soft_layer(line_art, opaque)

    def _fill(self, layer: Gimp.Layer, fills: Shapes, shades: Shades) -> None:
        plain = {color: mask for color, mask in fills.items() if _plain(color, shades)}
        if len(plain) > _FEW:
            self._document.paint(layer, *merged(plain))
            fills = {color: mask for color, mask in fills.items() if color not in plain}
        for color, mask in fills.items():
            if color is None:
                self._document.erase(layer, mask)
            else:
                self._document.fill(layer, mask, shades.get(color) or to_gegl(color))

    def _fill_apart(
        self,
        view: PageView,
        fills: Shapes,
        shades: Shades,
        line_art: Gimp.Layer | None,
        opaque: bool,
    ) -> None:
        layers = self._document.layers
        for role, layer in layers.colors().items():
            own = parse_color(role.partition(":")[2])
            other = {color: mask for color, mask in fills.items() if color != own}
            if other:
                self._document.erase(layer, merged(other)[0])
        there = layers.colors()
        for color, mask in fills.items():
            role = "" if color is None else color_role(color)
            if role and role not in there and self._document.area is None and _plain(color, shades):
                shape, pixels = merged({color: mask})
                layers.ensure(role, line_art, opaque, (shape.bbox, pixels))
            elif color is not None:
                layer = layers.ensure(role, line_art, opaque)
                self._document.fill(layer, mask, shades.get(color) or to_gegl(color))
        given = painted(view)
        for role, layer in layers.colors().items():
            if parse_color(role.partition(":")[2]) not in given:
                layers.drop_if_empty(layer)


def _plain(color: Color | None, shades: Shades) -> bool:
    """Whether 8 bits of sRGB are all that is known of a colour."""
    return color is None or color not in shades or alike(shades[color], to_gegl(color))
