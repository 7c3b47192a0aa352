"""The dialog's own small widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gp_client.types import Color
from gp_guide.colors import to_hex

from ..editor.host import GdkPixbuf, GLib, tr
from ..walk.pixels import compose, swatch
from .toolkit import Gtk

SPACE = 6  # pixels between widgets
SIDE = 20  # pixels of a swatch
PER_LINE = 8  # swatches
SETTLE = 600  # milliseconds without a change after which a number counts


class PagePicture(Gtk.ScrolledWindow):
    """The page, as large as there is room."""

    def __init__(self) -> None:
        super().__init__()
        # Neither bars nor the picture's own size: the picture follows the window.
        self.set_policy(Gtk.PolicyType.EXTERNAL, Gtk.PolicyType.EXTERNAL)
        self.set_size_request(320, 320)
        self.set_hexpand(True)
        self.set_vexpand(True)
        self._image = Gtk.Image()
        self.add(self._image)
        self._parts: tuple[GdkPixbuf.Pixbuf | None, ...] = (None, None, None)
        self._room = (0, 0)
        self.connect("size-allocate", self._resized)

    def show_page(
        self,
        colors: GdkPixbuf.Pixbuf | None,
        ink: GdkPixbuf.Pixbuf | None,
        shade: GdkPixbuf.Pixbuf | None,
    ) -> None:
        """Show a page; see ``pixels.compose``. Nothing without ink."""
        if (colors, ink, shade) != self._parts:
            self._parts = (colors, ink, shade)
            self._draw()

    def _resized(self, widget: Gtk.Widget, allocation: object) -> None:
        room = (self.get_allocated_width() - 8, self.get_allocated_height() - 8)
        if room != self._room:
            self._room = room
            GLib.idle_add(self._draw)  # not in the middle of a layout

    def _draw(self) -> bool:
        colors, ink, shade = self._parts
        if ink is None or min(self._room) < 1:
            self._image.clear()
        else:
            self._image.set_from_pixbuf(compose(colors, ink, shade, self._room))
        return GLib.SOURCE_REMOVE


class Swatches(Gtk.Grid):
    """Colours to click on.

    Args:
        name: for styling and tests.
        picked: called with the colour of a click.
    """

    def __init__(self, name: str, picked: Callable[[Color], None]) -> None:
        super().__init__()
        self.set_name(name)
        self._picked = picked
        self._colors: tuple[Color, ...] = ()

    def show_colors(self, colors: Sequence[Color]) -> None:
        """Show these."""
        if tuple(colors) == self._colors:
            return
        self._colors = tuple(colors)
        for child in self.get_children():
            child.destroy()
        for index, color in enumerate(self._colors):
            button = Gtk.Button()
            button.set_image(Gtk.Image.new_from_pixbuf(swatch(color, SIDE)))
            button.set_always_show_image(True)
            button.set_relief(Gtk.ReliefStyle.NONE)
            button.set_tooltip_text(tr("Colour the region with {}").format(to_hex(color)))
            button.connect("clicked", lambda _button, color=color: self._picked(color))
            self.attach(button, index % PER_LINE, index // PER_LINE, 1, 1)
        self.show_all()


class RegionList(Gtk.ScrolledWindow):
    """The regions with their colours.

    Args:
        chosen: called with the number of the region that the user clicked.
    """

    def __init__(self, chosen: Callable[[int], None]) -> None:
        super().__init__()
        self.set_policy(Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC)
        self.set_min_content_height(120)
        self.set_vexpand(True)
        self._rows = Gtk.ListStore(GdkPixbuf.Pixbuf, str)
        self._view = Gtk.TreeView(model=self._rows, headers_visible=False, enable_search=False)
        self._view.append_column(Gtk.TreeViewColumn("", Gtk.CellRendererPixbuf(), pixbuf=0))
        self._view.append_column(Gtk.TreeViewColumn("", Gtk.CellRendererText(), text=1))
        self._shown: tuple[tuple[Color | None, str], ...] = ()
        self._following = False
        self._chosen = chosen
        self._view.get_selection().connect("changed", self._changed)
        self.add(self._view)

    def show_rows(self, rows: Sequence[tuple[Color | None, str]], current: int | None) -> None:
        """Show the regions.

        Args:
            rows: colour and text of each, in priority order.
            current: the region's number that is chosen.
        """
        self._following = True
        if tuple(rows) != self._shown:
            self._shown = tuple(rows)
            self._rows.clear()
            for color, text in self._shown:
                self._rows.append((swatch(color, 16), text))
        if current is None:
            self._view.get_selection().unselect_all()
        else:
            path = Gtk.TreePath.new_from_indices([current - 1])
            self._view.get_selection().select_path(path)
            self._view.scroll_to_cell(path, None, False, 0.0, 0.0)
        self._following = False

    def _changed(self, selection: Gtk.TreeSelection) -> None:
        _, row = selection.get_selected()
        if row is not None and not self._following:
            self._chosen(self._rows.get_path(row).get_indices()[0] + 1)


class AutoNumber(Gtk.Box):
    """A number that can be left to be measured.

    Args:
        most: the largest number.
        usual: what it begins with when it is no longer measured.
        settled: called with the number, None for measured, when the user has stopped changing it.

    Attributes:
        auto: the box that leaves it to be measured.
    """

    def __init__(self, most: int, usual: int, settled: Callable[[int | None], None]) -> None:
        super().__init__(spacing=SPACE)
        self.auto = Gtk.CheckButton.new_with_label(tr("auto"))
        self._spin = Gtk.SpinButton.new_with_range(0, most, 1)
        self._spin.set_numeric(True)
        self._spin.set_value(usual)
        self._settled, self._timer, self._following = settled, 0, False
        self._spin.connect("value-changed", self._changed)
        no_wheel(self._spin)
        self.auto.connect("toggled", self._toggled)
        self.pack_start(self.auto, False, False, 0)
        self.pack_start(self._spin, True, True, 0)
        self.show_number(None)

    def show_number(self, number: float | None) -> None:
        """Show a number, None for measured; but not while the user changes it."""
        if not self._timer:
            self._following = True
            self.auto.set_active(number is None)
            self._spin.set_sensitive(number is not None)
            if number is not None:
                self._spin.set_value(number)
            self._following = False

    def _toggled(self, auto: Gtk.CheckButton) -> None:
        if not self._following:
            self._spin.set_sensitive(not auto.get_active())
            self._changed(self._spin)

    def _changed(self, spin: Gtk.SpinButton) -> None:
        if self._following:
            return
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = GLib.timeout_add(SETTLE, self._settle)

    def _settle(self) -> bool:
        self._timer = 0
        self._settled(None if self.auto.get_active() else self._spin.get_value_as_int())
        return GLib.SOURCE_REMOVE


def no_wheel(widget: Gtk.Widget) -> None:
    """Let the wheel change nothing, where it turns while the mouse happens to be over a widget."""
    widget.connect("scroll-event", lambda *_: True)


def button(label: str, tip: str, clicked: Callable[[], None]) -> Gtk.Button:
    """Return a button; an underscore before a letter makes Alt and that letter its key."""
    made = Gtk.Button.new_with_mnemonic(label)
    made.set_tooltip_text(tip)
    made.connect("clicked", lambda _button: clicked())
    return made


def color_button(label: str, tip: str, clicked: Callable[[], None]) -> Gtk.Button:
    """Return a button that can show a colour, with ``show_color``."""
    made = button(label, tip, clicked)
    made.set_always_show_image(True)
    return made


def show_color(shown: Gtk.Button, color: Color | None) -> None:
    """Show a colour on a button."""
    shown.set_image(Gtk.Image.new_from_pixbuf(swatch(color, 16)))


def label(text: str) -> Gtk.Label:
    """Return a line of text at the left, broken where it is long."""
    made = Gtk.Label(label=text, xalign=0.0)
    made.set_line_wrap(True)
    made.set_max_width_chars(36)
    return made
