"""The dialog's own small widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gp_client.types import Color
from gp_guide.colors import to_hex

from ..editor.host import GLib, tr
from ..walk.pixels import swatch
from .toolkit import Gdk, Gtk

SPACE = 6  # pixels between widgets
SIDE = 20  # pixels of a swatch
PER_LINE = 9  # swatches
LINE = 34  # pixels that a line of them takes
SETTLE = 600  # milliseconds without a change after which a number counts


class Swatches(Gtk.Grid):
    """Colours to click on.

    Args:
        name: for styling and tests.
        lines: as many as there is always room for.
        picked: called with the colour of a click.
        taken: called with the colour of a click with Ctrl.
    """

    def __init__(
        self,
        name: str,
        lines: int,
        picked: Callable[[Color], None],
        taken: Callable[[Color], None],
    ) -> None:
        super().__init__()
        self.set_name(name)
        self.set_size_request(-1, lines * LINE)
        self._picked, self._taken = picked, taken
        self._shown: tuple[tuple[Color, str], ...] = ()

    def show_colors(self, colors: Sequence[Color], names: Mapping[str, str]) -> None:
        """Show these, with the names of those that have one by "#rrggbb"."""
        shown = tuple((color, names.get(to_hex(color), "")) for color in colors)
        if shown == self._shown:
            return
        self._shown = shown
        for child in self.get_children():
            child.destroy()
        for index, (color, name) in enumerate(shown):
            button = Gtk.Button()
            button.set_image(Gtk.Image.new_from_pixbuf(swatch(color, SIDE)))
            button.set_always_show_image(True)
            button.set_relief(Gtk.ReliefStyle.NONE)
            text = f"{name} ({to_hex(color)})" if name else to_hex(color)
            tip = tr("Colour the region with {}; with Ctrl only take it.")
            button.set_tooltip_text(tip.format(text))
            button.connect("clicked", lambda _button, color=color: self._clicked(color))
            self.attach(button, index % PER_LINE, index // PER_LINE, 1, 1)
        self.show_all()

    def _clicked(self, color: Color) -> None:
        known, held = Gtk.get_current_event_state()
        with_control = known and bool(held & Gdk.ModifierType.CONTROL_MASK)
        (self._taken if with_control else self._picked)(color)


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
    made = Gtk.Label(label=text, xalign=0.0, yalign=0.0 if lines else 0.5)
    made.set_line_wrap(True)
    made.set_max_width_chars(40)
    if lines:
        made.set_lines(lines)
        made.set_size_request(-1, lines * 19)
    return made


def row(*widgets: Gtk.Widget) -> Gtk.Box:
    """Return widgets side by side, as wide as their texts need and what is left shared."""
    made = Gtk.Box(spacing=SPACE)
    for widget in widgets:
        made.pack_start(widget, True, True, 0)
    return made
