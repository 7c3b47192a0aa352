"""The dialog: shows the controller's state, and calls it for every button. No thinking here.

Whatever comes and goes has a place of its own, so that nothing moves under the mouse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gp_client.types import LEVELS, Color, GuidedRegion
from gp_guide.clicks import meaning
from gp_guide.colors import to_hex
from gp_guide.listing import FILTERS, listed, progress

from ..editor.document import Document, foreground, to_gegl, to_rgb
from ..editor.host import Gegl, Gimp, GLib, tr
from ..editor.one_dialog import OneDialog
from ..walk.controller import LOOK, Controller
from .options import Options
from .picture import PagePicture
from .toolkit import Gdk, GimpUi, Gtk
from .widgets import (
    SPACE,
    RegionList,
    Swatches,
    button,
    color_button,
    label,
    no_wheel,
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
        self._rows: tuple[object, ...] = ()
        self._names: list[tuple[str, str]] = []  # of the layers to choose from
        self.controller = Controller(document, self._refresh, self._tell)
        self._window = GimpUi.Dialog(title=tr("Colorize Line Art"), role=ROLE)
        self._window.add_button(tr("_Close"), Gtk.ResponseType.CLOSE)
        self._window.connect("response", lambda *_: self._end())
        self._window.connect("key-press-event", self._pressed)
        self._window.set_default_size(900, 660)
        box = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=2 * SPACE, border_width=SPACE)
        self._window.get_content_area().pack_start(box, True, True, 0)
        self._picture = PagePicture(self._clicked, self.controller.hover)
        left = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=SPACE)
        box.pack_start(left, True, True, 0)
        side = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=SPACE)
        side.set_size_request(340, -1)
        box.pack_start(side, False, False, 0)
        self._place = label("", lines=2)
        self._place.set_name("place")
        self._message = label("", lines=3)
        self._about = label("")
        self._about.set_sensitive(False)
        self._regions = RegionList(self.controller.go_to)
        controller = self.controller
        self._options = Options(controller.set_output, controller.find)
        for widget in (self._place, self._steps(), self._colors(), self._mending(), self._lists()):
            side.pack_start(widget, False, False, 0)
        side.pack_start(self._regions, True, True, 0)
        left.pack_start(self._chooser(), False, False, 0)
        left.pack_start(self._picture, True, True, 0)
        for widget in (self._message, self._options, self._work(), self._about):
            left.pack_start(widget, False, False, 0)
        if document.indexed:
            tip = tr("Lets any colour be painted; undone by Ctrl+Z.")
            left.pack_start(button(tr("Con_vert to RGB"), tip, self._to_rgb), False, False, 0)
        # Over the image's window, so that a click on the canvas does not hide it.
        GimpUi.window_set_transient(self._window)
        self._window.show_all()
        self._tell("", 1.0)
        GLib.timeout_add(LOOK, self._look)

    def begin(self, layer: Gimp.Layer) -> None:
        """Look at the line art, with the options of last time."""
        self._name(layer)
        coloring = self.controller.coloring
        gap, ink = self._config.get_property("gap"), self._config.get_property("ink")
        coloring.prefer(
            self._config.get_property("kind"), None if gap < 0 else gap, None if ink < 0 else ink
        )
        self.controller.start(layer)
        self._refresh()

    # Widgets

    def _chooser(self) -> Gtk.Widget:
        self._art = Gtk.ComboBoxText()
        self._art.set_tooltip_text(tr("The layer with the lines; every colour keeps its place."))
        self._art.connect("changed", self._art_chosen)
        no_wheel(self._art)
        name = label("")
        name.set_markup_with_mnemonic(tr("Line art la_yer"))
        name.set_mnemonic_widget(self._art)
        row = Gtk.Box(spacing=SPACE)
        row.pack_start(name, False, False, 0)
        row.pack_start(self._art, True, True, 0)
        return row

    def _steps(self) -> Gtk.Widget:
        controller = self.controller
        self._back = button(
            tr("_Back"), tr("Go to the region that was shown before."), controller.back
        )
        self._next = button(tr("_Next"), tr("Go to the region to ask about now."), self._go_on)
        self._skip = button(
            tr("_Skip"), tr("Put this region off until the others are done."), controller.skip
        )
        return _row(self._back, self._next, self._skip)

    def _colors(self) -> Gtk.Widget:
        controller = self.controller
        grid = Gtk.Grid(column_spacing=SPACE, row_spacing=SPACE, column_homogeneous=True)
        self._suggested = color_button(
            tr("S_uggested"), tr("Colour the region as suggested."), controller.apply_suggestion
        )
        self._foreground = color_button(
            tr("_Foreground"),
            tr("Colour the region with GIMP's foreground colour."),
            lambda: self._apply(foreground()),
        )
        self._own = GimpUi.ColorButton.new(
            tr("Colour of the region"), 24, 16, to_gegl((200, 60, 60)), GimpUi.ColorAreaType.FLAT
        )
        self._own.set_tooltip_text(tr("Choose a colour of your own, then press Use."))
        use = button(
            tr("Us_e"),
            tr("Colour the region with the colour beside."),
            lambda: self._apply(self._own.get_color()),
        )
        everywhere = button(
            tr("Every_where"),
            tr("Give all that has this region's colour GIMP's foreground colour."),
            lambda: controller.everywhere(foreground()),
        )
        self._keep = button(
            tr("_Keep"),
            tr("Accept what is proposed here; a region without a colour stays white."),
            controller.keep,
        )
        self._keep_all = button(
            tr("Keep All _Proposals"), tr("Accept all that is proposed."), controller.keep_all
        )
        rest = button(
            tr("_All"),
            tr("Colour all that is left as proposed or suggested: one undo step."),
            controller.color_rest,
        )
        self._remove = button(
            tr("_Remove"), tr("Take this region's colour away."), controller.uncolor
        )
        self._more = Swatches("suggestions", 1, controller.apply)
        self._palette = Swatches("palette", 2, controller.apply)
        grid.attach(self._suggested, 0, 0, 1, 1)
        grid.attach(self._foreground, 1, 0, 1, 1)
        grid.attach(_row(self._own, use), 0, 1, 1, 1)
        grid.attach(_row(everywhere, self._remove), 1, 1, 1, 1)
        grid.attach(_row(self._keep, rest), 0, 2, 1, 1)
        grid.attach(self._keep_all, 1, 2, 1, 1)
        grid.attach(label(tr("Also suggested")), 0, 3, 2, 1)
        grid.attach(self._more, 0, 4, 2, 1)
        grid.attach(label(tr("Used in this image")), 0, 5, 2, 1)
        grid.attach(self._palette, 0, 6, 2, 1)
        needing = (self._skip, self._suggested, self._foreground, use, everywhere, self._keep)
        self._needing = (*needing, self._more, self._palette, self._own)
        self._needing_page: tuple[Gtk.Widget, ...] = (self._back, rest)
        return grid

    def _mending(self) -> Gtk.Widget:
        controller = self.controller
        split = button(
            tr("Spli_t"),
            tr("Divide the region along what you have selected; else into its pieces."),
            controller.split,
        )
        join = button(
            tr("_Join"), tr("Join this region with the one you click on next."), controller.join
        )
        again = button(
            tr("Rea_d Again"),
            tr("Look at the line art as it is now; every colour keeps its place."),
            controller.look_again,
        )
        self._needing = (*self._needing, split, join)
        self._needing_page = (*self._needing_page, again)
        return _row(split, join, again)

    def _lists(self) -> Gtk.Widget:
        self._spread, self._filter = Gtk.ComboBoxText(), Gtk.ComboBoxText()
        texts = (tr("Proposals: off"), tr("Proposals: careful"), tr("Proposals: bold"))
        for level, text in zip(LEVELS, texts, strict=True):
            self._spread.append(level, text)
        names = (tr("All"), tr("Without a colour"), tr("Put off"), tr("Proposed"), tr("Tiny"))
        for name, text in zip(FILTERS, names, strict=True):
            self._filter.append(name, text)
        self._filter.set_active_id("left")
        self._spread.connect("changed", self._spread_chosen)
        self._filter.connect("changed", lambda _: self._refresh())
        for combo in (self._spread, self._filter):
            no_wheel(combo)
        self._needing_page = (*self._needing_page, self._spread, self._regions)
        return _row(self._spread, self._filter)

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
        coloring, view = controller.coloring, controller.coloring.view
        if not coloring.document.is_open:
            return  # the next look ends the dialog
        self._show_layers()
        region = coloring.region
        canvas = None if view is None else (view.places.width, view.places.height)
        self._picture.show_page(
            controller.colors, controller.ink, (controller.shade, controller.light), canvas
        )
        self._place.set_text(self._where())
        for widget in self._needing_page:
            widget.set_sensitive(view is not None)
        for widget in self._needing:
            widget.set_sensitive(region is not None)
        self._remove.set_sensitive(region is not None and region.color is not None)
        doubtful = 0 if view is None else progress(view)[2]
        self._keep_all.set_sensitive(doubtful > 0)
        suggested = controller.suggested
        show_color(self._suggested, suggested)
        show_color(self._foreground, to_rgb(foreground()))
        self._more.show_colors([one for one in coloring.shown.suggestions if one != suggested][:5])
        self._palette.show_colors(coloring.saved.recent[:16])
        self._list()
        self._options.show_options(coloring.saved.output, *coloring.saved.found)
        if view is not None:
            self._spread.set_active_id(view.spread)
        self._message.set_text(controller.message)
        self._about.set_text(controller.worker.about)

    def _where(self) -> str:
        controller = self.controller
        view, region = controller.coloring.view, controller.coloring.region
        if view is None:
            return tr("Looking at the line art…") if controller.worker.busy else ""
        decided, left, doubtful = progress(view)
        state = tr("{} % done; {} regions without a colour, {} proposed.").format(
            int(100 * decided), left, doubtful
        )
        if region is None:
            if left or doubtful:
                return state
            return tr("All is done. Click on a region to change it.")
        text = tr("Region {}, {} % of the page").format(region.number, self._share(region))
        return f"{text}\n{state}"

    def _share(self, region: GuidedRegion) -> str:
        view = self.controller.coloring.view
        return "" if view is None else f"{100 * view.share(region):.1f}"

    def _list(self) -> None:
        view = self.controller.coloring.view
        shown = self._filter.get_active_id() or "all"
        current = self.controller.coloring.current
        if (view, shown) != self._rows:
            self._rows = (view, shown)
            regions = [] if view is None else listed(view, shown)
            self._regions.show_rows([(one.number, *self._text(one)) for one in regions])
        self._regions.choose(current)

    def _text(self, region: GuidedRegion) -> tuple[Color | None, str]:
        states = {
            "open": tr("put off") if region.skipped else tr("no colour"),
            "proposed": tr("proposed"),
            "colored": to_hex(region.color or (0, 0, 0)),
            "blank": tr("stays white"),
        }
        text = f"{self._share(region)} %  {states[region.state]}"
        return region.color, text

    def _tell(self, stage: str, fraction: float) -> None:
        self._bar.set_text(stage)
        self._bar.set_fraction(min(1.0, max(0.0, fraction)))
        self._busy.set_opacity(1.0 if stage else 0.0)
        self._busy.set_sensitive(bool(stage))

    def _name(self, layer: Gimp.Layer) -> None:
        """Say which layer of which image it is."""
        self._layer = layer
        document = self.controller.coloring.document
        title = tr("Colorize Line Art: {}, {}").format(layer.get_name(), document.name)
        self._window.set_title(title)

    def _show_layers(self) -> None:
        if self._layer is None or not self._layer.is_valid():
            return
        names = self.controller.coloring.document.layers.foreign()
        if names != self._names:
            self._names = []  # so that what follows is not taken for the user's choice
            self._art.remove_all()
            for mark, name in names:
                self._art.append(mark, name)
            self._art.set_active_id(str(self._layer.get_tattoo()))
            self._names = names

    # The user's choices

    def _art_chosen(self, combo: Gtk.ComboBoxText) -> None:
        layer = self.controller.coloring.document.layer(combo.get_active_id() or "")
        if self._names and layer is not None and layer != self._layer:
            self._name(layer)
            self.controller.start(layer)

    def _pressed(self, window: Gtk.Widget, event: Any) -> bool:
        control = bool(event.state & Gdk.ModifierType.CONTROL_MASK)
        shift = bool(event.state & Gdk.ModifierType.SHIFT_MASK)
        key = (Gdk.keyval_name(event.keyval) or "").lower()
        if control and key == "z" and not shift:
            self.controller.undo()
        elif control and (key == "y" or key == "z"):
            self.controller.redo()
        else:
            return False
        return True

    def _clicked(self, point: tuple[int, int], shift: bool, control: bool, alt: bool) -> None:
        self.controller.click(point, meaning(shift, control, alt, self.controller.joining))

    def _go_on(self) -> None:
        if self.controller.coloring.view is not None:
            self.controller.next()
        elif self._layer is not None and not self.controller.worker.busy:
            self.controller.start(self._layer)

    def _apply(self, exact: Gegl.Color) -> None:
        self.controller.apply(to_rgb(exact), exact)

    def _spread_chosen(self, combo: Gtk.ComboBoxText) -> None:
        level, view = combo.get_active_id(), self.controller.coloring.view
        if view is not None and level is not None and level != view.spread:
            self.controller.set_spread(level)

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
            controller.coloring.document.select_area()
            Gimp.displays_flush()
        controller.worker.close()
        Gtk.main_quit()


def _row(*widgets: Gtk.Widget) -> Gtk.Box:
    row = Gtk.Box(spacing=SPACE, homogeneous=True)
    for widget in widgets:
        row.pack_start(widget, True, True, 0)
    return row
