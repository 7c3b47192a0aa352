"""Our layers in the artist's image: one group, next to the line art, and what lies in it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping

from gp_client.types import Box, Color
from gp_guide.colors import to_hex

from .host import Gegl, Gimp
from .reading import BAND, RGBA

GROUP, FLATS, SOFT, HINTS, PROPOSALS = "group", "flats", "soft", "hints", "proposals"
FAINT = 50.0  # percent: opacity of what is only proposed
_ROLE = "guidingpainter-role"  # parasite of our layers: names are the artist's, and unique
_NAMES = {
    GROUP: "GuidingPainter",
    FLATS: "Flats",
    SOFT: "Soft colours",
    HINTS: "Hints",
    PROPOSALS: "Proposals",
}
_ABOVE = (HINTS, SOFT, PROPOSALS)  # of flats and colours, from the top


def color_role(color: Color) -> str:
    """Return the role of the layer that holds one colour."""
    return f"color:{to_hex(color)}"


class Layers:
    """What we paint on. Every change is an undo step of GIMP's; the caller groups them.

    Attributes:
        names: of colours, by "#rrggbb", after which their layers are called.
    """

    def __init__(self, image: Gimp.Image) -> None:
        self._image = image
        self.names: Mapping[str, str] = {}

    def find(self, role: str) -> Gimp.Layer | None:
        """Return our layer of this role: FLATS, SOFT, HINTS, PROPOSALS or a colour's."""
        return self._by_role().get(role)

    def colors(self) -> dict[str, Gimp.Layer]:
        """Return the layers of single colours, by their roles."""
        return {role: one for role, one in self._by_role().items() if role.startswith("color:")}

    def _by_role(self) -> dict[str, Gimp.Layer]:
        group = self.group()
        children = [] if group is None else group.get_children()
        return {_role(one): one for one in reversed(children)}  # of two the upper one counts

    def drop_if_empty(self, layer: Gimp.Layer) -> None:
        """Remove a layer of ours on which nothing at all is painted, not by hand either."""
        if not any(read_rgba(layer, self._image)[3::4]):
            self._image.remove_layer(layer)

    def show_output(self, output: str) -> None:
        """Hide what is not wanted, and delete nothing: the artist may have painted on it."""
        for layer in self.colors().values():
            layer.set_visible(output == "layers")
        for role, wanted in ((FLATS, output != "layers"), (SOFT, output == "soft")):
            found = self.find(role)
            if found is not None:
                found.set_visible(wanted)

    def painted(self) -> bytes:
        """Return what our layers show as flats, RGBA of canvas size; empty where there are none."""
        flats, colors = self.find(FLATS), list(self.colors().values())
        if flats is not None:
            return read_rgba(flats, self._image)
        if not colors:
            return b""
        merged = bytearray(read_rgba(colors[0], self._image))
        for layer in colors[1:]:
            # No two of them cover the same pixel, unless by hand.
            more = read_rgba(layer, self._image)
            both = int.from_bytes(merged, "big") | int.from_bytes(more, "big")
            merged = bytearray(both.to_bytes(len(merged), "big"))
        return bytes(merged)

    def foreign(self) -> list[tuple[str, str]]:
        """Return mark and name of all layers that are not ours, the topmost first."""
        found = [one for one in _walk(self._image.get_layers()) if not self.is_ours(one)]
        return [(str(one.get_tattoo()), one.get_name()) for one in found]

    def group(self) -> Gimp.GroupLayer | None:
        """Return our group."""
        for layer in _walk(self._image.get_layers()):
            if layer.is_group() and _role(layer) == GROUP:
                return layer
        return None

    def is_ours(self, layer: Gimp.Layer) -> bool:
        """Whether a layer is our group or lies in it."""
        found: Gimp.Item | None = layer
        while found is not None:
            if _role(found) == GROUP:
                return True
            found = found.get_parent()
        return False

    def ensure(
        self,
        role: str,
        line_art: Gimp.Layer | None,
        opaque: bool,
        painted: tuple[Box, bytes] | None = None,
    ) -> Gimp.Layer:
        """Return our layer of this role; where it is missing, make it, with the group.

        The artist's layers stay what and where they are.

        Args:
            role: FLATS, SOFT, HINTS, PROPOSALS or a colour's; from the top HINTS, SOFT,
                PROPOSALS, all others.
            line_art: what the group goes next to, None where it is gone.
            opaque: whether the line art hides what lies under it.
            painted: what a layer that is made shows: a box of the canvas, and RGBA8 of it; there
                alone, as nothing is selected for it.
        """
        roles = self._by_role()
        found = roles.get(role)
        if found is not None:
            return found
        group = self.group() or self._add_group(line_art, opaque)
        gray = self._image.get_base_type() == Gimp.ImageBaseType.GRAY
        layer = Gimp.Layer.new(
            self._image,
            _NAMES.get(role) or self._called(role.partition(":")[2]),
            self._image.get_width(),
            self._image.get_height(),
            Gimp.ImageType.GRAYA_IMAGE if gray else Gimp.ImageType.RGBA_IMAGE,
            FAINT if role == PROPOSALS else 100.0,
            Gimp.LayerMode.NORMAL,
        )
        _mark(layer, role)
        above = _ABOVE[: _ABOVE.index(role)] if role in _ABOVE else _ABOVE
        if painted is not None:
            buffer = layer.get_buffer()
            buffer.set(Gegl.Rectangle.new(*painted[0]), RGBA[1], painted[1])
            buffer.flush()
        place = sum(one in roles for one in above)
        self._image.insert_layer(layer, group, place)
        return layer

    def _called(self, color: str) -> str:
        return self.names.get(color, color)

    def remove(self) -> None:
        """Take the group away with all that is in it."""
        group = self.group()
        if group is not None:
            self._image.remove_layer(group)

    def writing(self, layer: Gimp.Layer, pixels: bytes, undo: bool) -> Generator[float, None, None]:
        """Replace a layer's pixels band by band.

        Args:
            layer: of canvas size.
            pixels: RGBA of canvas size, 8 bits a sample, rows from the top.
            undo: whether GIMP's history gets a step.

        Yields:
            The fraction that is done, 0..1.
        """
        width, height = layer.get_width(), layer.get_height()
        buffer = layer.get_shadow_buffer() if undo else layer.get_buffer()
        rows = max(1, BAND // width)
        for top in range(0, height, rows):
            count = min(rows, height - top)
            band = pixels[4 * width * top : 4 * width * (top + count)]
            buffer.set(Gegl.Rectangle.new(0, top, width, count), RGBA[1], band)
            yield (top + count) / height
        buffer.flush()
        if undo:
            layer.merge_shadow(True)
        layer.update(0, 0, width, height)

    def _add_group(self, line_art: Gimp.Layer | None, opaque: bool) -> Gimp.GroupLayer:
        group = Gimp.GroupLayer.new(self._image, _NAMES[GROUP])
        _mark(group, GROUP)
        if line_art is None:
            self._image.insert_layer(group, None, 0)
            return group
        parent = line_art.get_parent()
        siblings = self._image.get_layers() if parent is None else parent.get_children()
        place = self._image.get_item_position(line_art)
        # Multiply shows nothing where nothing lies under it, so the lowest layer stays the lowest.
        shows = line_art.get_mode() == Gimp.LayerMode.MULTIPLY and place + 1 < len(siblings)
        if opaque and not shows:
            group.set_mode(Gimp.LayerMode.MULTIPLY)
            self._image.insert_layer(group, parent, place)
        else:
            self._image.insert_layer(group, parent, place + 1)
        return group


def read_rgba(layer: Gimp.Layer, image: Gimp.Image) -> bytes:
    """Return a layer's pixels at their place on the canvas, RGBA with 8 bits a sample."""
    _, left, top = layer.get_offsets()
    box = Gegl.Rectangle.new(-left, -top, image.get_width(), image.get_height())
    return bytes(layer.get_buffer().get(box, 1.0, RGBA[1], Gegl.AbyssPolicy.NONE))


def _walk(layers: list[Gimp.Layer]) -> Iterator[Gimp.Layer]:
    for layer in layers:
        yield layer
        if layer.is_group():
            yield from _walk(layer.get_children())


def _role(item: Gimp.Item) -> str:
    parasite = item.get_parasite(_ROLE)
    return "" if parasite is None else bytes(parasite.get_data()).decode("utf-8", "replace")


def _mark(layer: Gimp.Layer, role: str) -> None:
    layer.attach_parasite(Gimp.Parasite.new(_ROLE, Gimp.PARASITE_PERSISTENT, role.encode()))
