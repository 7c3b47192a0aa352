"""The dialog: shows the controller's state, and calls it for every button. No thinking here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gp_client.types import Color
from gp_guide.guide import Guide

from ..editor.document import Document, foreground, to_gegl, to_rgb
from ..editor.host import Gegl, Gimp, GLib, tr
from ..editor.one_dialog import OneDialog
from ..walk.controller import LOOK, Controller
from .options import Options
from .toolkit import GimpUi, Gtk
from .widgets import (
    SPACE,
    PagePicture,
    RegionList,
    Swatches,
    button,
    color_button,
    label,
    show_color,
)

ROLE = "guidingpainter"


def show(
    image: Gimp.Image, drawables: Sequence[Gimp.Drawable], config: Gimp.ProcedureConfig
) -> tuple[Any, ...]:
    """Let the user colour an image; returns when the dialog is closed.

    Raises:
        GuidingPainterError: there is no line art to begin with.
    """
    one = OneDialog(image)
    if one.raised():
        return ()
    document = Document(image)
    GimpUi.init(ROLE)
    dialog = Dialog(document, config, one)
    dialog.begin(dialog.controller.coloring.line_art(drawables))
    one.begin()
    try:
        Gtk.main()
    finally:
        one.end()
    return ()


class Dialog:
    """The window and what is in it.

    Attributes:
        controller: does what the buttons say.
    """

    def __init__(self, document: Document, config: Gimp.ProcedureConfig, one: OneDialog) -> None:
        self._config, self._one = config, one
        self._layer: Gimp.Layer | None = None
        self.controller = Controller(document, self._refresh, self._tell)
        self._window = GimpUi.Dialog(title=tr("Colorize Line Art"), role=ROLE)
        self._window.add_button(tr("_Close"), Gtk.ResponseType.CLOSE)
        self._window.connect("response", lambda *_: self._end())
        self._window.set_default_size(900, 620)
        box = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=2 * SPACE, border_width=SPACE)
        self._window.get_content_area().pack_start(box, True, True, 0)
        self._picture = PagePicture()
        box.pack_start(self._picture, True, True, 0)
        side = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=SPACE)
        side.set_size_request(320, -1)
        box.pack_start(side, False, False, 0)
        self._place = label("")
        self._place.set_name("place")
        side.pack_start(self._place, False, False, 0)
        side.pack_start(self._steps(), False, False, 0)
        side.pack_start(self._colors(), False, False, 0)
        self._regions = RegionList(self._go_to)
        side.pack_start(self._regions, True, True, 0)
        controller = self.controller
        self._options = Options(controller.set_output, controller.set_gap, controller.set_ink)
        side.pack_start(self._options, False, False, 0)
        self._message = label("")
        side.pack_start(self._message, False, False, 0)
        self._convert = button(
            tr("Con_vert to RGB"), tr("Lets any colour be painted; undone by Ctrl+Z."), self._to_rgb
        )
        side.pack_start(self._convert, False, False, 0)
        side.pack_start(self._work(), False, False, 0)
        self._about = label("")
        self._about.set_sensitive(False)
        side.pack_start(self._about, False, False, 0)
        # Over the image's window, so that a click on the canvas does not hide it.
        GimpUi.window_set_transient(self._window)
        self._window.show_all()
        self._convert.hide()
        self._tell("", 1.0)
        GLib.timeout_add(LOOK, self._look)

    def begin(self, layer: Gimp.Layer) -> None:
        """Look at the line art, with the options of last time."""
        self._layer = layer
        image = self.controller.coloring.document.image
        title = tr("Colorize Line Art: {}, {}").format(layer.get_name(), image.get_name())
        self._window.set_title(title)
        if not self.controller.coloring.saved.guide:
            gap, ink = self._config.get_property("gap"), self._config.get_property("ink")
            self.controller.set_gap(None if gap < 0 else gap)
            self.controller.set_ink(None if ink < 0 else ink)
            self.controller.set_output(self._config.get_property("kind"))
        self.controller.start(layer)
        self._refresh()

    # Widgets

    def _steps(self) -> Gtk.Widget:
        step = self.controller.step
        row = Gtk.Box(spacing=SPACE, homogeneous=True)
        self._back = button(
            tr("_Back"), tr("Go to the region that was shown before."), lambda: step(Guide.back)
        )
        self._next = button(tr("_Next"), tr("Go to the next region without a colour."), self._go_on)
        self._skip = button(
            tr("_Skip"), tr("Leave this region to its suggestion."), lambda: step(Guide.skip)
        )
        for one in (self._back, self._next, self._skip):
            row.pack_start(one, True, True, 0)
        return row

    def _colors(self) -> Gtk.Widget:
        controller = self.controller
        grid = Gtk.Grid(column_spacing=SPACE, row_spacing=SPACE, column_homogeneous=True)
        self._suggested = color_button(
            tr("S_uggested"), tr("Colour the region as suggested."), self._apply_suggestion
        )
        self._foreground = color_button(
            tr("_Foreground"),
            tr("Colour the region with GIMP's foreground colour."),
            self._apply_fg,
        )
        self._own = GimpUi.ColorButton.new(
            tr("Colour of the region"), 24, 16, to_gegl((200, 60, 60)), GimpUi.ColorAreaType.FLAT
        )
        self._own.set_tooltip_text(tr("Choose a colour of your own, then press Use."))
        use = button(tr("Us_e"), tr("Colour the region with the colour beside."), self._apply_own)
        own = Gtk.Box(spacing=SPACE)
        own.pack_start(self._own, True, True, 0)
        own.pack_start(use, True, True, 0)
        rest = button(
            tr("_All"),
            tr("Colour all regions that are left as suggested: one undo step."),
            controller.color_all,
        )
        self._remove = button(
            tr("_Remove"), tr("Take this region's colour away."), controller.uncolor
        )
        last = Gtk.Box(spacing=SPACE, homogeneous=True)
        last.pack_start(rest, True, True, 0)
        last.pack_start(self._remove, True, True, 0)
        self._more = Swatches("suggestions", controller.apply)
        self._palette = Swatches("palette", controller.apply)
        grid.attach(self._suggested, 0, 0, 1, 1)
        grid.attach(self._foreground, 1, 0, 1, 1)
        grid.attach(own, 0, 1, 1, 1)
        grid.attach(last, 1, 1, 1, 1)
        self._also = label(tr("Also suggested"))
        grid.attach(self._also, 0, 2, 2, 1)
        grid.attach(self._more, 0, 3, 2, 1)
        grid.attach(label(tr("Used in this image")), 0, 4, 2, 1)
        grid.attach(self._palette, 0, 5, 2, 1)
        self._needing = (self._skip, self._suggested, self._foreground, use, rest, self._more)
        return grid

    def _work(self) -> Gtk.Widget:
        self._busy = Gtk.Box(spacing=SPACE)
        self._bar = Gtk.ProgressBar(show_text=True)
        self._busy.pack_start(self._bar, True, True, 0)
        stop = button(
            tr("Cance_l"), tr("Stop the work; your layers stay."), self.controller.worker.cancel
        )
        self._busy.pack_start(stop, False, False, 0)
        return self._busy

    # Showing

    def _refresh(self) -> None:
        controller = self.controller
        if not controller.coloring.document.is_open:
            return  # the next look ends the dialog
        coloring, guide = controller.coloring, controller.coloring.guide
        current = coloring.current
        self._picture.show_page(controller.answer.colors, controller.ink, controller.shade)
        self._place.set_text(self._where())
        for widget in (self._back, self._regions):
            widget.set_sensitive(guide is not None)
        for widget in (*self._needing, self._palette, self._own):
            widget.set_sensitive(current is not None)
        hints = {} if guide is None else guide.hints
        self._remove.set_sensitive(current in hints)
        suggestions = controller.suggestions
        show_color(self._suggested, suggestions[0] if suggestions else None)
        show_color(self._foreground, to_rgb(foreground()))
        self._more.show_colors(suggestions[1:])
        self._also.set_visible(len(suggestions) > 1)
        self._palette.show_colors(() if guide is None else guide.palette[:16])
        self._regions.show_rows(self._rows(hints), current)
        self._options.show_saved(coloring.saved)
        self._message.set_text(controller.message)
        self._message.set_visible(bool(controller.message))
        self._convert.set_visible(coloring.document.indexed)
        self._about.set_text(controller.about)

    def _where(self) -> str:
        coloring = self.controller.coloring
        regions, current = coloring.regions, coloring.current
        if coloring.guide is None:
            return tr("Looking at the line art…") if self.controller.worker.busy else ""
        if current is None:
            return tr("All regions are done. Click one to change it.")
        whole = max(1, sum(region.pixels for region in regions))
        share = f"{100 * regions[current - 1].pixels / whole:.1f}"
        return tr("Region {} of {}, {} % of the page").format(current, len(regions), share)

    def _rows(self, hints: dict[int, Color]) -> list[tuple[Color | None, str]]:
        coloring = self.controller.coloring
        whole = max(1, sum(region.pixels for region in coloring.regions))
        skipped = frozenset() if coloring.guide is None else coloring.guide.skipped
        rows = []
        for region in coloring.regions:
            note = tr(" (skipped)") if region.number in skipped else ""
            text = f"{region.number}:  {100 * region.pixels / whole:.1f} %{note}"
            rows.append((hints.get(region.number), text))
        return rows

    def _tell(self, stage: str, fraction: float) -> None:
        self._bar.set_text(stage)
        self._bar.set_fraction(min(1.0, max(0.0, fraction)))
        self._busy.set_opacity(1.0 if stage else 0.0)
        self._busy.set_sensitive(bool(stage))

    # The user's choices

    def _go_on(self) -> None:
        if self.controller.coloring.guide is not None:
            self.controller.step(Guide.next)
        elif self._layer is not None:
            self.controller.start(self._layer)

    def _go_to(self, number: int) -> None:
        self.controller.step(lambda guide: guide.go_to(number))

    def _apply_suggestion(self) -> None:
        suggestions = self.controller.suggestions
        if suggestions:
            self.controller.apply(suggestions[0])

    def _apply_fg(self) -> None:
        self._apply(foreground())

    def _apply_own(self) -> None:
        self._apply(self._own.get_color())

    def _apply(self, exact: Gegl.Color) -> None:
        self.controller.apply(to_rgb(exact), exact)

    def _to_rgb(self) -> None:
        self.controller.coloring.document.allow_colors()
        Gimp.displays_flush()
        if self._layer is not None:
            self.controller.start(self._layer)
        self._refresh()

    def _look(self) -> bool:
        if not self.controller.look():
            self._end()
            return GLib.SOURCE_REMOVE
        if self._one.called():
            self._window.present()
        show_color(self._foreground, to_rgb(foreground()))
        return GLib.SOURCE_CONTINUE

    def _end(self) -> None:
        controller = self.controller
        # GIMP keeps these for the next time, and for Repeat.
        self._config.set_property("kind", controller.coloring.saved.output)
        if controller.found is not None:
            gap, ink = controller.found
            self._config.set_property("gap", -1.0 if gap is None else gap)
            self._config.set_property("ink", -1 if ink is None else ink)
        if controller.coloring.document.is_open:
            controller.coloring.document.select_area(controller.coloring.saved.area)
            Gimp.displays_flush()
        controller.worker.close()
        Gtk.main_quit()
