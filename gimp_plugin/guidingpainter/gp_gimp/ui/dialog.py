"""The dialog: shows the controller's state, and calls it for every button. No thinking here.

Whatever comes and goes has a place of its own, so that nothing moves under the mouse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gp_client.types import Color, GuidedRegion
from gp_guide.clicks import FILL, JOIN, TAKE
from gp_guide.listing import progress

from ..editor.document import Document
from ..editor.host import Gimp, GLib, tr
from ..editor.one_dialog import OneDialog
from ..walk.controller import LOOK, Controller
from .actions import Actions
from .book_tab import BookTab
from .color_tab import ColorTab
from .options import Options
from .picture import PagePicture, Point
from .region_list import RegionTab
from .toolkit import Gdk, GimpUi, Gtk
from .widgets import SPACE, button, label, no_wheel

ROLE = "guidingpainter"
SIZE = (440, 864)  # pixels of the window at first: tall and narrow, to stand beside the canvas
TABS = 215  # pixels that the tabs take, whichever is in front
TAB_KEYS = ("1", "2", "3", "4")  # with Alt


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
    coloring = dialog.controller.coloring
    dialog.begin(coloring.lines.choose(coloring.layer, drawables, guess=True))
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
        self._names: list[tuple[str, str]] = []  # of the layers to choose from
        self._large: int | None = None  # the region that is shown large
        self._zooming = False
        self.controller = controller = Controller(document, self._refresh, self._tell)
        self._window = GimpUi.Dialog(title=tr("Colorize Line Art"), role=ROLE)
        self._window.connect("response", lambda *_: self._end())
        self._window.connect("key-press-event", self._pressed)
        self._window.set_default_size(*SIZE)
        self._picture = PagePicture(controller.mouse, self._offer)
        self._place = label("", lines=2)
        self._place.set_name("place")
        self._message = label("", lines=2)
        self._actions = Actions(controller, self._go_on, self._zoomed)
        self._colors = ColorTab(
            self._picked,
            controller.mouse.take,
            controller.choices.load_palette,
            self._followed,
        )
        self._regions = RegionTab(controller.go_to, controller.choices.focus)
        choices = controller.choices
        self._options = Options(
            choices.set_output, choices.set_spread, choices.find, choices.try_out
        )
        self._book = BookTab(controller.book)
        self._tabs = Gtk.Notebook()
        self._tabs.set_size_request(-1, TABS)
        self._tabs.set_vexpand(False)  # what room there is belongs to the picture
        texts = (tr("Colours"), tr("Regions"), tr("Options"), tr("Book"))
        tabs = (self._colors, self._regions, self._options, self._book)
        for tab, text in zip(tabs, texts, strict=True):
            tab.set_border_width(SPACE)
            self._tabs.append_page(tab, Gtk.Label(label=text))
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=SPACE, border_width=SPACE)
        self._window.get_content_area().pack_start(box, True, True, 0)
        box.pack_start(self._chooser(), False, False, 0)
        box.pack_start(self._picture, True, True, 0)
        for widget in (self._place, self._actions, self._tabs, self._message, self._work()):
            box.pack_start(widget, False, False, 0)
        self._convert: Gtk.Widget | None = None
        if document.indexed or document.gray:
            tip = tr("Lets any colour be painted; undone by Ctrl+Z.")
            self._convert = button(tr("Con_vert to RGB"), tip, self._to_rgb)
            box.pack_start(self._convert, False, False, 0)
        # Over the image's window, so that a click on the canvas does not hide it.
        GimpUi.window_set_transient(self._window)
        self._window.show_all()
        self._window.get_action_area().hide()  # its buttons would take a row of their own
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
        follow = self._config.get_property("follow")
        self.controller.picker.on = follow
        self._colors.show_followed(follow)
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
        self._again = button(
            tr("Rea_d Again"),
            tr("Look at the line art as it is now; every colour keeps its place."),
            self.controller.look_again,
        )
        line = Gtk.Box(spacing=SPACE)
        line.pack_start(name, False, False, 0)
        line.pack_start(self._art, True, True, 0)
        line.pack_start(self._again, False, False, 0)
        return line

    def _work(self) -> Gtk.Widget:
        self._bar = Gtk.ProgressBar(show_text=True, valign=Gtk.Align.CENTER)
        self._stop = button(
            tr("Cance_l"), tr("Stop the work; your layers stay."), self.controller.worker.cancel
        )
        close = button(tr("_Close"), tr("Your selection comes back."), self._end)
        line = Gtk.Box(spacing=SPACE)
        line.pack_start(self._bar, True, True, 0)
        line.pack_start(self._stop, False, False, 0)
        line.pack_start(close, False, False, 0)
        return line

    # Showing

    def _refresh(self) -> None:
        controller = self.controller
        coloring, view = controller.coloring, controller.coloring.view
        if not coloring.document.is_open:
            return  # the next look ends the dialog
        self._show_layers()
        region, saved, parts = coloring.region, coloring.saved, controller.parts
        canvas = None if view is None else (view.places.width, view.places.height)
        over = (parts.shade, parts.light) if parts.tried is None else ()
        self._picture.show_page(parts.tried or parts.colors, controller.ink, over, canvas)
        self._show_large(region)
        self._place.set_text(self._where())
        self._again.set_sensitive(view is not None)
        if self._convert is not None:  # it keeps its place, so that nothing moves under the mouse
            document = coloring.document
            self._convert.set_sensitive(document.gray or document.indexed)
        self._actions.show_state()
        suggestions = [one for one in coloring.shown.suggestions if one != controller.suggested][:5]
        self._colors.show_colors(
            view is not None, suggestions, saved.recent[:18], saved.palette, saved.names
        )
        panels = () if coloring.opened is None else coloring.opened.panels
        self._regions.show_page(view, coloring.current, panels, coloring.focus, coloring.panel)
        spread = None if view is None else view.spread
        self._options.show_options(saved.output, spread, *saved.found)
        self._book.show_page(view)
        self._message.set_text(controller.message)
        about = controller.worker.about
        self._bar.set_tooltip_text(about)

    def _show_large(self, region: GuidedRegion | None) -> None:
        number = region.number if region is not None and self._zooming else None
        if number != self._large:
            self._large = number
            self._picture.zoom_to(None if number is None or region is None else region.bbox)

    def _where(self) -> str:
        controller = self.controller
        view, region = controller.coloring.view, controller.coloring.region
        if view is None:
            return tr("Looking at the line art…") if controller.worker.busy else ""
        if controller.scribbles.on:
            return tr("Paint on the layer Hints; press Scribble again when you are done.")
        decided, left, doubtful = progress(view, controller.coloring.focus)
        elsewhere = sum(progress(view)[1:]) - left - doubtful
        state = tr("{} % done; {} regions without a colour, {} proposed.").format(
            int(100 * decided), left, doubtful
        )
        if not (left or doubtful):
            state = tr("All is done. Click on a region to change it.")
            if elsewhere:  # it asks in a part of the page alone
                state = tr("All is done here, {} left elsewhere.").format(elsewhere)
        if region is None:
            return state
        text = tr("Region {}, {} % of the page").format(region.number, self._share(region))
        if controller.coloring.color in controller.coloring.saved.locked:
            text = tr("{}: locked").format(text)
        if region.state == "proposed" and not left:
            text = tr("{}: proposed, is it right? The most doubtful first.").format(text)
        return f"{text}\n{state}"

    def _share(self, region: GuidedRegion) -> str:
        view = self.controller.coloring.view
        return "" if view is None else f"{100 * view.share(region):.1f}"

    def _tell(self, stage: str, fraction: float) -> None:
        self._bar.set_text(stage)
        self._bar.set_fraction(min(1.0, max(0.0, fraction)))
        for widget in (self._bar, self._stop):  # they keep their room
            widget.set_opacity(1.0 if stage else 0.0)
        self._stop.set_sensitive(bool(stage))

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
        if event.state & Gdk.ModifierType.MOD1_MASK and key in TAB_KEYS:
            self._tabs.set_current_page(TAB_KEYS.index(key))
        elif control and key == "z" and not shift:
            self.controller.undo()
        elif control and (key == "y" or key == "z"):
            self.controller.redo()
        else:
            return False
        return True

    def _go_on(self) -> None:
        if self.controller.coloring.view is not None:
            self.controller.next()
        elif self._layer is not None and not self.controller.worker.busy:
            self.controller.start(self._layer)

    def _zoomed(self, on: bool) -> None:
        self._zooming = on
        self._show_large(self.controller.region)

    def _picked(self, color: Color) -> None:
        controller = self.controller
        if controller.region is None or controller.scribbles.on:
            controller.mouse.take(color)  # for her brush, or for fills where all is done
        else:
            controller.apply(color)

    def _followed(self, on: bool) -> None:
        self.controller.picker.on = on
        self._config.set_property("follow", on)

    def _offer(self, point: Point, event: Any) -> None:
        """Offer what can be done with one piece."""
        controller, mouse, menu = self.controller, self.controller.mouse, Gtk.Menu()
        entries = [
            (tr("Fill This Piece"), lambda: mouse.click(point, FILL)),
            (tr("Accept This Piece"), lambda: controller.keep_at(point)),
            (tr("Take This Piece Out of Its Region"), lambda: controller.take_out(point)),
            (tr("Join With the Region Shown"), lambda: mouse.click(point, JOIN)),
            (tr("Take Its Colour"), lambda: mouse.click(point, TAKE)),
        ]
        color = controller.given_at(point)
        if color is not None:
            locked = color in controller.coloring.saved.locked
            lock = tr("Unlock Its Colour") if locked else tr("Lock Its Colour")
            entries += [
                (tr("Select All of Its Colour"), lambda: controller.select_color(color)),
                (lock, lambda: controller.switch_lock(color)),
            ]
        for text, chosen in entries:
            entry = Gtk.MenuItem(label=text)
            entry.connect("activate", lambda _entry, chosen=chosen: chosen())
            menu.append(entry)
        menu.attach_to_widget(self._picture)
        menu.connect("selection-done", lambda done: GLib.idle_add(done.destroy))
        menu.show_all()
        menu.popup_at_pointer(event)

    def _to_rgb(self) -> None:
        self.controller.coloring.document.turn_to_rgb()
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
        self._actions.show_foreground()
        self.controller.watch(self._pointer())
        return GLib.SOURCE_CONTINUE

    def _pointer(self) -> tuple[int, int, bool]:
        screen = self._window.get_screen()
        mouse = screen.get_display().get_default_seat().get_pointer()
        _, x, y, held = screen.get_root_window().get_device_position(mouse)
        return x, y, bool(held & Gdk.ModifierType.BUTTON1_MASK)

    def _end(self) -> None:
        controller = self.controller
        # GIMP keeps these for the next time, and for Repeat.
        self._config.set_property("kind", controller.coloring.saved.output)
        if controller.found is not None:
            gap, ink = controller.found
            self._config.set_property("gap", -1.0 if gap is None else gap)
            self._config.set_property("ink", -1 if ink is None else ink)
        if controller.coloring.document.is_open:
            controller.coloring.document.asking(None)
            controller.scribbles.leave()
            controller.coloring.document.give_back()
            Gimp.displays_flush()
        controller.worker.close()
        Gtk.main_quit()
