"""The dialog's colours to click on: suggested, used before, of a palette."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gp_client.types import Color

from ..editor.host import tr
from .toolkit import Gtk
from .widgets import SPACE, Swatches, label, row


class ColorTab(Gtk.Box):
    """Swatches, and the choice of a palette.

    Args:
        picked: called with the colour of a click.
        taken: called with the colour of a click with Ctrl.
        loaded: called with the file of a palette, "" for the one that is chosen in GIMP, None to
            forget it.
        followed: called with whether a new foreground colour is taken at once.
    """

    def __init__(
        self,
        picked: Callable[[Color], None],
        taken: Callable[[Color], None],
        loaded: Callable[[str | None], None],
        followed: Callable[[bool], None],
    ) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=SPACE)
        self._loaded = loaded
        self._more = Swatches("suggestions", 1, picked, taken)
        self._recent = Swatches("recent", 2, picked, taken, steady=True)
        self._palette = Swatches("palette", 1, picked, taken)
        inside = Gtk.Grid(column_spacing=SPACE)
        titles = (tr("Suggested"), tr("Used here"), tr("Palette"))
        rows = zip(titles, (self._more, self._recent, self._palette), strict=True)
        for place, (text, swatches) in enumerate(rows):
            name = label(text)
            name.set_margin_top(8)  # beside the first line of swatches
            name.set_valign(Gtk.Align.START)
            inside.attach(name, 0, place, 1, 1)
            inside.attach(swatches, 1, place, 1, 1)
        scroll = Gtk.ScrolledWindow()
        scroll.set_policy(Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC)
        scroll.add(inside)
        self.pack_start(scroll, True, True, 0)
        self._inside = inside
        self._follow = Gtk.CheckButton.new_with_label(tr("Colour as soon as I pick"))
        self._follow.set_tooltip_text(
            tr("A new foreground colour is given to the region when the mouse has moved away.")
        )
        self._follow.connect("toggled", lambda check: followed(check.get_active()))
        menu = Gtk.MenuButton(label=tr("Palette"))
        menu.set_tooltip_text(tr("Load colours."))
        entries = Gtk.Menu()
        for text, chosen in (
            (tr("Load a palette file…"), self._choose_file),
            (tr("Take GIMP's own palette"), lambda: loaded("")),
            (tr("Forget the loaded palette"), lambda: loaded(None)),
        ):
            entry = Gtk.MenuItem(label=text)
            entry.connect("activate", lambda _entry, chosen=chosen: chosen())
            entries.append(entry)
        entries.show_all()
        menu.set_popup(entries)
        self.pack_start(row(self._follow, menu), False, False, 0)

    def show_colors(
        self,
        usable: bool,
        suggestions: Sequence[Color],
        recent: Sequence[Color],
        palette: Sequence[Color],
        names: Mapping[str, str],
    ) -> None:
        """Show these; names are by "#rrggbb"."""
        self._inside.set_sensitive(usable)
        self._more.show_colors(suggestions, names)
        self._recent.show_colors(recent, names)
        self._palette.show_colors(palette, names)

    def show_followed(self, on: bool) -> None:
        """Show whether a new foreground colour is taken at once."""
        self._follow.set_active(on)

    def _choose_file(self) -> None:
        dialog = Gtk.FileChooserNative.new(
            tr("Load a palette"), self.get_toplevel(), Gtk.FileChooserAction.OPEN, None, None
        )
        only = Gtk.FileFilter()
        only.add_pattern("*.gpl")
        only.set_name(tr("Palettes (*.gpl)"))
        dialog.add_filter(only)
        path = dialog.get_filename() if dialog.run() == Gtk.ResponseType.ACCEPT else None
        if path:
            self._loaded(path)
        dialog.destroy()
