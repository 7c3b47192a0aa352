"""The dialog's buttons: the walk, colours, proposals, mending."""

from __future__ import annotations

from collections.abc import Callable

from gp_guide.listing import progress

from ..editor.document import foreground, to_gegl, to_rgb
from ..editor.host import Gegl, tr
from ..walk.controller import Controller
from .toolkit import GimpUi, Gtk
from .widgets import SPACE, button, color_button, row, show_color


class Actions(Gtk.Box):
    """Rows of buttons that never move.

    Args:
        controller: does what they say.
        go_on: called for *Next*, which opens the page where that is not done yet.
        zoomed: called with whether the picture shows the region large.
    """

    def __init__(
        self, controller: Controller, go_on: Callable[[], None], zoomed: Callable[[bool], None]
    ) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=SPACE)
        self._controller = controller
        rows = (self._walk(go_on, zoomed), self._colors(), self._proposals(), self._mending())
        for each in rows:
            self.pack_start(each, False, False, 0)

    def show_state(self) -> None:
        """Show what can be done now, and with which colours."""
        controller = self._controller
        view, scribbling = controller.coloring.view, controller.scribbles.on
        region = None if scribbling else controller.region
        self._scribble.set_sensitive(view is not None)
        if not controller.worker.busy:
            self._scribble.set_active(scribbling)
        for widget in (self._back, self._inside):
            widget.set_sensitive(view is not None)
        for widget in self._needing:
            widget.set_sensitive(region is not None)
        self._remove.set_sensitive(region is not None and region.color is not None)
        left = 0 if view is None else sum(progress(view, controller.coloring.focus)[1:])
        self._rest.set_sensitive(left > 0)
        self._keep_all.set_sensitive(view is not None and progress(view)[2] > 0)
        show_color(self._suggested, controller.suggested)
        self.show_foreground()

    def show_foreground(self) -> None:
        """Show GIMP's foreground colour."""
        show_color(self._foreground, to_rgb(foreground()))

    def _walk(self, go_on: Callable[[], None], zoomed: Callable[[bool], None]) -> Gtk.Widget:
        controller = self._controller
        self._back = button(
            tr("_Back"), tr("Go to the region that was shown before."), controller.back
        )
        after = button(tr("_Next"), tr("Go to the region to ask about now."), go_on)
        self._skip = button(
            tr("_Skip"), tr("Put this region off until the others are done."), controller.skip
        )
        zoom = Gtk.ToggleButton.new_with_mnemonic(tr("_Zoom"))
        zoom.set_tooltip_text(tr("Show the region large in the picture; so does the wheel."))
        zoom.connect("toggled", lambda toggle: zoomed(toggle.get_active()))
        self._scribble = Gtk.ToggleButton(label=tr("Scribble"))
        self._scribble.set_tooltip_text(
            tr("Paint colours on the layer Hints; what a stroke runs through gets its colour.")
        )
        self._scribble.connect("toggled", lambda toggle: controller.scribble(toggle.get_active()))
        return row(self._back, after, self._skip, zoom, self._scribble)

    def _colors(self) -> Gtk.Widget:
        controller = self._controller
        self._suggested = color_button(
            tr("S_uggested"), tr("Colour the region as suggested."), controller.apply_suggestion
        )
        self._foreground = color_button(
            tr("_Foreground"),
            tr("Colour the region with GIMP's foreground colour."),
            lambda: self._apply(foreground()),
        )
        own = GimpUi.ColorButton.new(
            tr("Colour of the region"), 24, 16, to_gegl((200, 60, 60)), GimpUi.ColorAreaType.FLAT
        )
        own.set_tooltip_text(tr("Choose a colour of your own, then press Use."))
        use = button(
            tr("Us_e"),
            tr("Colour the region with the colour beside."),
            lambda: self._apply(own.get_color()),
        )
        self._needing: tuple[Gtk.Widget, ...] = (self._suggested, self._foreground, own, use)
        return row(self._suggested, self._foreground, own, use)

    def _proposals(self) -> Gtk.Widget:
        controller = self._controller
        keep = button(
            tr("_Keep"),
            tr("Accept what is proposed here; a region without a colour stays white."),
            controller.keep,
        )
        self._keep_all = button(
            tr("Keep All _Proposals"), tr("Accept all that is proposed."), controller.keep_all
        )
        self._rest = button(
            tr("_All"),
            tr("Colour all that is left as proposed or suggested: one undo step."),
            controller.color_rest,
        )
        self._remove = button(
            tr("_Remove"), tr("Take this region's colour away."), controller.uncolor
        )
        self._needing = (*self._needing, self._skip, keep)
        return row(keep, self._keep_all, self._rest, self._remove)

    def _mending(self) -> Gtk.Widget:
        controller = self._controller
        split = button(
            tr("Spli_t"),
            tr("Divide the region along what you have selected; else into its pieces."),
            controller.split,
        )
        join = button(
            tr("_Join"),
            tr("Join this region with the one you click on next."),
            controller.mouse.join,
        )
        everywhere = button(
            tr("Every_where"),
            tr("Give all that has this region's colour GIMP's foreground colour."),
            lambda: controller.everywhere(foreground()),
        )
        self._inside = button(
            tr("Selection"),
            tr("Give everything that lies in your selection GIMP's foreground colour."),
            lambda: controller.color_selection(foreground()),
        )
        self._needing = (*self._needing, split, join, everywhere)
        return row(split, join, everywhere, self._inside)

    def _apply(self, exact: Gegl.Color) -> None:
        self._controller.apply(to_rgb(exact), exact)
