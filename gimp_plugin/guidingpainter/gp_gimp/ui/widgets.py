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
TELL = 120  # milliseconds between two numbers that are told while it is being changed


class Swatches(Gtk.Grid):
    """Colours to click on.

    Args:
        name: for styling and tests.
        lines: as many as there is always room for.
        steady: whether colours keep their places while the mouse is over them; new ones come last.
        picked: called with the colour of a click.
        taken: called with the colour of a click with Ctrl.
    """

    def __init__(
        self,
        name: str,
        lines: int,
        picked: Callable[[Color], None],
        taken: Callable[[Color], None],
        steady: bool = False,
    ) -> None:
        super().__init__()
        self.set_name(name)
        self._most = lines * PER_LINE if steady else 0
        self._buttons: list[Gtk.Button] = []
        self.set_size_request(-1, lines * LINE)
        self._picked, self._taken = picked, taken
        self._shown: tuple[tuple[Color, str], ...] = ()

    def show_colors(self, colors: Sequence[Color], names: Mapping[str, str]) -> None:
        """Show these, with the names of those that have one by "#rrggbb"."""
        shown = tuple((color, names.get(to_hex(color), "")) for color in colors)
        before = self._shown
        if self._most and set(before) <= set(shown) and self._under_mouse():
            # A second click may be on its way.
            shown = (*before, *(one for one in shown if one not in before))[: self._most]
        same = 0
        while same < min(len(shown), len(before)) and shown[same] == before[same]:
            same += 1
        self._shown = shown
        for button in self._buttons[same:]:
            button.destroy()
        del self._buttons[same:]
        for index, (color, name) in enumerate(shown[same:], same):
            button = Gtk.Button()
            button.set_image(Gtk.Image.new_from_pixbuf(swatch(color, SIDE)))
            button.set_always_show_image(True)
            button.set_relief(Gtk.ReliefStyle.NONE)
            button.set_focus_on_click(False)  # what has the focus is scrolled to
            text = f"{name} ({to_hex(color)})" if name else to_hex(color)
            tip = tr("Colour the region with {}; with Ctrl only take it.")
            button.set_tooltip_text(tip.format(text))
            button.connect("clicked", lambda _button, color=color: self._clicked(color))
            self.attach(button, index % PER_LINE, index // PER_LINE, 1, 1)
            self._buttons.append(button)
        self.show_all()

    def _under_mouse(self) -> bool:
        x, y = self.get_pointer()
        return 0 <= x < self.get_allocated_width() and 0 <= y < self.get_allocated_height()

    def _clicked(self, color: Color) -> None:
        known, held = Gtk.get_current_event_state()
        with_control = known and bool(held & Gdk.ModifierType.CONTROL_MASK)
        (self._taken if with_control else self._picked)(color)


class AutoNumber(Gtk.Box):
    """A number that can be left to be measured; else it is typed, or found by a slider.

    Args:
        most: the largest number.
        slide: the number at the slider's right end.
        usual: what it begins with when it is no longer measured.
        settled: called with the number, None for measured, when the user has stopped changing it.
        passed: called with the number now and then while the user changes it.

    Attributes:
        auto: the box that leaves it to be measured.
    """

    def __init__(
        self,
        most: int,
        slide: int,
        usual: int,
        settled: Callable[[int | None], None],
        passed: Callable[[int], None],
    ) -> None:
        super().__init__(spacing=SPACE)
        self.auto = Gtk.CheckButton.new_with_label(tr("auto"))
        self._slider = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 0, slide, 1)
        self._slider.set_draw_value(False)
        self._slider.set_can_focus(False)  # keys type the number
        self._spin = Gtk.SpinButton.new_with_range(0, most, 1)
        self._spin.set_numeric(True)
        self._spin.set_width_chars(3)
        self._settled, self._passed = settled, passed
        self._timer, self._telling = 0, 0
        self._following, self._held = False, False
        self._put(usual)
        self._slider.connect("value-changed", self._slid)
        self._slider.connect("button-press-event", self._hold, True)
        self._slider.connect("button-release-event", self._hold, False)
        self._spin.connect("value-changed", lambda _: self._changed())
        for widget in (self._slider, self._spin):
            no_wheel(widget)
        self.auto.connect("toggled", self._toggled)
        self.pack_start(self.auto, False, False, 0)
        self.pack_start(self._slider, True, True, 0)
        self.pack_start(self._spin, False, False, 0)
        self.show_number(None)

    def show_number(self, number: float | None) -> None:
        """Show a number, None for measured; but not while the user changes it."""
        if not self._timer and not self._held:
            self._following = True
            self.auto.set_active(number is None)
            self._allow(number is not None)
            if number is not None:
                self._put(number)
            self._following = False

    def _allow(self, number: bool) -> None:
        self._slider.set_sensitive(number)
        self._spin.set_sensitive(number)

    def _put(self, number: float) -> None:
        """Show a number at both places, and tell nobody."""
        before, self._following = self._following, True
        self._slider.set_value(number)
        self._spin.set_value(number)
        self._following = before

    def _toggled(self, auto: Gtk.CheckButton) -> None:
        if not self._following:
            self._allow(not auto.get_active())
            self._wait()

    def _slid(self, slider: Gtk.Scale) -> None:
        if not self._following:
            self._put(round(slider.get_value()))
            self._changed()

    def _hold(self, slider: Gtk.Scale, event: object, held: bool) -> bool:
        self._held = held
        self._wait()
        return False

    def _changed(self) -> None:
        if self._following:
            return
        self._put(self._spin.get_value())
        self._wait()
        if not self._telling:
            self._telling = GLib.timeout_add(TELL, self._tell)

    def _wait(self) -> None:
        """Count the number as chosen when nothing more comes for a while."""
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = GLib.timeout_add(SETTLE, self._settle)

    def _tell(self) -> bool:
        self._telling = 0
        if self._timer and not self.auto.get_active():
            self._passed(self._spin.get_value_as_int())
        return GLib.SOURCE_REMOVE

    def _settle(self) -> bool:
        if self._held:
            return GLib.SOURCE_CONTINUE
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
