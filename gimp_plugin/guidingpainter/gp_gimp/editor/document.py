"""An image of GIMP's as the plug-in needs it; each quirk is named here once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from gp_client import Mask
from gp_client.errors import BAD_REQUEST, UNSUPPORTED_FORMAT, GuidingPainterError
from gp_client.types import Box, Color
from gp_guide.pixels import solid
from gp_guide.saved import Saved

from .host import Babl, Gegl, Gimp, GLib, tr
from .layers import Layers
from .reading import RGBA

PARASITE = "guidingpainter"
_CHANNEL = "GuidingPainter"
_AREA = "guidingpainter-area"  # parasite of the channel that holds the artist's own selection
_KEPT = Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE
Selected = tuple["Box | None", bytes]  # the box round what is selected, a byte a pixel of that
_NOTHING: Selected = (None, b"")


class Document:
    """An image of GIMP's: its layers of ours, its selection, what it keeps for us.

    Attributes:
        area: the box of what the artist had selected at first; nothing beside it is painted.
    """

    def __init__(self, image: Gimp.Image) -> None:
        self.image = image
        self.layers = Layers(image)
        self.area: Box | None = None
        self._shown = _NOTHING  # what we have selected last
        self._asked: Selected | None = None
        self._at_first: Selected | None = None  # what is selected again at the end; None: the area

    @property
    def is_open(self) -> bool:
        """Whether GIMP still has it."""
        return self.image.is_valid()

    @property
    def name(self) -> str:
        """The image's name."""
        return self.image.get_name()

    @property
    def path(self) -> str:
        """The image's file, "" where it was never saved."""
        file = self.image.get_xcf_file() or self.image.get_imported_file() or self.image.get_file()
        return "" if file is None else file.get_path() or ""

    @property
    def gray(self) -> bool:
        """Whether colours turn to tones of gray here."""
        return self.image.get_base_type() == Gimp.ImageBaseType.GRAY

    @property
    def indexed(self) -> bool:
        """Whether the image has a fixed set of colours."""
        return self.image.get_base_type() == Gimp.ImageBaseType.INDEXED

    def check_colors(self) -> None:
        """Make sure that any colour can be painted here.

        Raises:
            GuidingPainterError: UNSUPPORTED_FORMAT for an indexed image.
        """
        if self.indexed:
            raise GuidingPainterError(
                UNSUPPORTED_FORMAT,
                tr("This image has a fixed set of colours, so yours could not be exact."),
                tr("Convert it: Image > Mode > RGB."),
            )

    def allow_colors(self) -> None:
        """Turn an indexed image into an RGB one: one undo step."""
        if self.indexed:
            self.image.convert_rgb()

    def turn_to_rgb(self) -> None:
        """Turn an indexed or a gray image into an RGB one: one undo step."""
        if self.indexed or self.gray:
            self.image.convert_rgb()

    @contextlib.contextmanager
    def one_step(self) -> Iterator[None]:
        """Make one undo step of all that is done meanwhile.

        The brushes' settings stay, and so do the selected layers or channels: GIMP selects each new
        one, and forgets the layers over a channel. What the artist has selected herself since she
        asked for this stays too, see ``asking``.
        """
        layers, channels = self.image.get_selected_layers(), self.image.get_selected_channels()
        self.image.undo_group_start()
        self.image.freeze_layers()  # GIMP's lists of them are drawn once, at the end
        self.image.freeze_channels()
        Gimp.context_push()
        hers = Gimp.Selection.save(self.image) if self._selected_since() else None
        try:
            Gimp.context_set_opacity(100.0)
            Gimp.context_set_paint_mode(Gimp.LayerMode.NORMAL)
            yield
        finally:
            Gimp.context_pop()
            if hers is not None:
                self.image.select_item(Gimp.ChannelOps.REPLACE, hers)
                self.image.remove_channel(hers)
            self.image.thaw_channels()
            self.image.thaw_layers()
            channels = [one for one in channels if one in self.image.get_channels()]
            if layers:
                self.image.set_selected_layers(layers)
            elif channels:
                self.image.set_selected_channels(channels)
            self.image.undo_group_end()

    # The line art

    def layer(self, tattoo: str) -> Gimp.Layer | None:
        """Return the layer with this mark, which a saved image keeps."""
        return self.image.get_layer_by_tattoo(int(tattoo)) if tattoo.isdigit() else None

    # The selection

    def selected(self) -> Selected:
        """Return what is selected."""
        box = self.selected_box()
        if box is None:
            return _NOTHING
        buffer = self.image.get_selection().get_buffer()
        data = buffer.get(Gegl.Rectangle.new(*box), 1.0, "Y u8", Gegl.AbyssPolicy.NONE)
        return box, bytes(data)

    def selected_box(self) -> Box | None:
        """Return the box round the selection, None where nothing is selected."""
        _, some, left, top, right, bottom = Gimp.Selection.bounds(self.image)
        return (left, top, right - left, bottom - top) if some else None

    def asking(self, selected: Selected | None) -> None:
        """Begin what was asked for while this was selected, which may have been a while ago.

        What is selected at its end, and is neither that nor what we had selected ourselves, the
        artist has selected meanwhile: ``one_step`` leaves it.

        Args:
            selected: what was selected; None: the artist did not ask, so all of hers is left.
        """
        self._asked = self._shown if selected is None else selected

    def _selected_since(self) -> bool:
        return self._asked is not None and self.selected() not in (self._asked, self._shown)

    def select(self, mask: Mask) -> None:
        """Select a region, within the area to work in; undone with the step that it belongs to."""
        channel = self._insert(mask)
        self.image.select_item(Gimp.ChannelOps.REPLACE, channel)
        self.image.remove_channel(channel)
        area = self._area_channel()
        if area is not None:
            self.image.select_item(Gimp.ChannelOps.INTERSECT, area)
        elif self.area is not None:
            self.image.select_rectangle(Gimp.ChannelOps.INTERSECT, *self.area)

    def _insert(self, mask: Mask) -> Gimp.Channel:
        """Put a channel with a shape into the image: GIMP selects from such only."""
        channel = Gimp.Channel.new(
            self.image,
            _CHANNEL,
            self.image.get_width(),
            self.image.get_height(),
            50.0,
            Gegl.Color.new("black"),
        )
        buffer = channel.get_buffer()
        # Y' writes the very values that the selection then has; Y would bend them.
        buffer.set(Gegl.Rectangle.new(*mask.bbox), "Y' u8", mask.data)
        buffer.flush()
        self.image.insert_channel(channel, None, 0)
        return channel

    def show(self, mask: Mask) -> None:
        """Select the region to ask about, so that it is seen on the canvas."""
        self.select(mask)
        self.shown()

    def shown(self) -> None:
        """Take what is selected for the region to ask about."""
        self._shown = self.selected()

    def own_selection(self) -> Mask | None:
        """Return what the artist has selected since a region was shown, None where it is that."""
        selected = self.selected()
        box, data = selected
        if box is None or selected == self._shown:
            return None
        return Mask(box, solid(data))

    def keep_area(self, selected: Selected) -> None:
        """Keep what the artist had selected at first as a channel, where it is no rectangle."""
        box, data = selected
        if box is None or min(data) == 255:
            return
        if self.selected() == selected:  # GIMP's own copy has more than 8 bits where the image has
            channel = Gimp.Selection.save(self.image)
        else:
            channel = self._insert(Mask(box, data))
        channel.set_name(tr("GuidingPainter area"))
        channel.attach_parasite(Gimp.Parasite.new(_AREA, Gimp.PARASITE_PERSISTENT, b"1"))

    def select_nothing(self) -> None:
        """Let the whole canvas be written to."""
        Gimp.Selection.none(self.image)

    def select_area(self) -> None:
        """Select what the artist had selected at first."""
        channel = self._area_channel()
        if channel is not None:
            self.image.select_item(Gimp.ChannelOps.REPLACE, channel)
        elif self.area is not None:
            self.image.select_rectangle(Gimp.ChannelOps.REPLACE, *self.area)
        else:
            self.select_nothing()
        self.shown()

    def found(self, selected: Selected | None) -> None:
        """Remember what was selected when a first region was shown, where it is not that one.

        Args:
            selected: what it was; None: the image is another by now, so it says nothing.
        """
        self._at_first = None if selected == self._shown else selected

    def give_back(self) -> None:
        """Select what the artist had selected at first, where she has selected nothing since."""
        if self.selected() != self._shown:
            return
        with self.one_step():
            if self._at_first is None:
                self.select_area()
            elif self._at_first[0] is None:
                self.select_nothing()
            else:
                channel = self._insert(Mask(*self._at_first))
                self.image.select_item(Gimp.ChannelOps.REPLACE, channel)
                self.image.remove_channel(channel)

    def forget_area(self) -> None:
        """Remove the channel with the artist's selection."""
        channel = self._area_channel()
        if channel is not None:
            self.image.remove_channel(channel)

    def _area_channel(self) -> Gimp.Channel | None:
        channels = self.image.get_channels()
        return next((one for one in channels if one.get_parasite(_AREA) is not None), None)

    # Painting

    def fill(self, layer: Gimp.Layer, mask: Mask, color: Gegl.Color) -> None:
        """Fill a region of a layer with a colour, by GIMP's own fill."""
        self.select(mask)
        if self.selected_box() is not None:  # else GIMP would fill all of the layer
            Gimp.context_set_foreground(color)
            layer.edit_fill(Gimp.FillType.FOREGROUND)

    def paint(self, layer: Gimp.Layer, mask: Mask, pixels: bytes) -> None:
        """Paint a region of a layer in many colours at once; GIMP takes its own time for each fill.

        Args:
            layer: of canvas size.
            mask: where.
            pixels: RGBA8 of the mask's box; transparent erases.
        """
        self.select(mask)
        if self.selected_box() is not None:
            buffer = layer.get_shadow_buffer()
            buffer.set(Gegl.Rectangle.new(*mask.bbox), RGBA[1], pixels)
            buffer.flush()
            layer.merge_shadow(True)
            layer.update(*mask.bbox)

    def erase(self, layer: Gimp.Layer, mask: Mask) -> None:
        """Make a region of a layer transparent."""
        self.select(mask)
        if self.selected_box() is not None:
            layer.edit_clear()

    def erase_all(self, layer: Gimp.Layer) -> None:
        """Make all of a layer transparent."""
        self.select_nothing()
        layer.edit_clear()

    def check_unlocked(self, layer: Gimp.Layer) -> None:
        """Make sure that a layer can be painted on.

        Raises:
            GuidingPainterError: BAD_REQUEST where it is locked.
        """
        item: Gimp.Item | None = layer
        while item is not None:
            if item.get_lock_content() or (item is layer and layer.get_lock_alpha()):
                raise GuidingPainterError(
                    BAD_REQUEST,
                    tr("The layer {} is locked.").format(item.get_name()),
                    tr("Unlock its pixels and its alpha channel in the Layers dialog."),
                )
            item = item.get_parent()

    # What the image keeps for us

    def read_kept(self) -> bytes:
        """Return what ``keep`` was given; empty where nothing was."""
        parasite = self.image.get_parasite(PARASITE)
        return b"" if parasite is None else bytes(parasite.get_data())

    def keep(self, saved: Saved) -> bytes:
        """Keep our state in the image: saved with it, undone and redone with its history."""
        data = saved.to_bytes()
        self.image.attach_parasite(Gimp.Parasite.new(PARASITE, _KEPT, data))
        return data

    def forget(self) -> None:
        """Keep nothing any more."""
        self.image.detach_parasite(PARASITE)


def foreground() -> Gegl.Color:
    """Return GIMP's foreground colour."""
    return Gimp.context_get_foreground()


def exact_at(layer: Gimp.Layer, x: int, y: int) -> Gegl.Color | None:
    """Return a pixel of a layer of canvas size, in the image's own numbers; None: see-through."""
    color = layer.get_pixel(x, y)
    return color if color.get_rgba()[3] == 1 else None


def to_rgb(color: Gegl.Color) -> Color:
    """Return a colour as (red, green, blue) of sRGB, 0..255: the nearest, where it is beyond."""
    red, green, blue = color.get_bytes(Babl.format("R'G'B' u8")).get_data()[:3]
    return (red, green, blue)


def alike(one: Gegl.Color, other: Gegl.Color) -> bool:
    """Whether two colours are the same, also beyond 8 bits."""
    form = Babl.format("R'G'B'A float")
    return bool(one.get_bytes(form).get_data() == other.get_bytes(form).get_data())


def to_gegl(color: Color) -> Gegl.Color:
    """Return a colour for GIMP."""
    made = Gegl.Color.new("black")
    made.set_bytes(Babl.format("R'G'B' u8"), GLib.Bytes.new(bytes(color)))
    return made
