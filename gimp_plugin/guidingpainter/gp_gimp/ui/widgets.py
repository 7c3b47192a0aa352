"""The dialog's own small widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gp_client.types import Color
from gp_guide.colors import to_hex

from ..editor.host import GdkPixbuf, GLib, tr
from ..walk.pixels import swatch
from .toolkit import Gtk

SPACE = 6  # pixels between widgets
SIDE = 20  # pixels of a swatch
PER_LINE = 8  # swatches
LINE = 34  # pixels that a line of them takes
SETTLE = 600  # milliseconds without a change after which a number counts


class Swatches(Gtk.Grid):
    """Colours to click on.

    Args:
        name: for styling and tests.
        lines: as many as there is always room for.
        picked: called with the colour of a click.
    """

    def __init__(self, name: str, lines: int, picked: Callable[[Color], None]) -> None:
        super().__init__()
        self.set_name(name)
        self.set_size_request(-1, lines * LINE)
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
        self._numbers: list[int] = []
        self._current: int | None = None
        self._following = False
        self._chosen = chosen
        self._view.get_selection().connect("changed", self._changed)
        self.add(self._view)

    def show_rows(self, rows: Sequence[tuple[int, Color | None, str]]) -> None:
        """Show regions: number, colour and text of each, in this order."""
        self._following = True
        self._numbers, self._current = [number for number, _, _ in rows], None
        self._rows.clear()
        for _, color, text in rows:
            self._rows.append((swatch(color, 16), text))
        self._following = False

    def choose(self, current: int | None) -> None:
        """Mark the region that is shown, where it is in the list."""
        if current == self._current:
            return
        self._following = True
        self._current = current
        if current is None or current not in self._numbers:
            self._view.get_selection().unselect_all()
        else:
            path = Gtk.TreePath.new_from_indices([self._numbers.index(current)])
            self._view.get_selection().select_path(path)
            self._view.scroll_to_cell(path, None, False, 0.0, 0.0)
        self._following = False

    def _changed(self, selection: Gtk.TreeSelection) -> None:
        _, row = selection.get_selected()
        if row is not None and not self._following:
            self._current = self._numbers[self._rows.get_path(row).get_indices()[0]]
            self._chosen(self._current)


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


def label(text: str, lines: int = 0) -> Gtk.Label:
    """Return text at the left, broken where it is long, with room for so many lines kept."""
    made = Gtk.Label(label=text, xalign=0.0, yalign=0.0)
    made.set_line_wrap(True)
    made.set_max_width_chars(36)
    if lines:
        made.set_lines(lines)
        made.set_size_request(-1, lines * 19)
    return made
