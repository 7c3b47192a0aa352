"""The dialog's list of regions: where each is, its colour, what there is left to do."""

from __future__ import annotations

from collections.abc import Callable

from gp_client.types import Box, GuidedRegion
from gp_guide.colors import to_hex
from gp_guide.listing import FILTERS, listed
from gp_guide.page_view import PageView

from ..editor.host import GdkPixbuf, tr
from ..walk.pixels import thumbnail
from .toolkit import Gtk
from .widgets import SPACE, no_wheel, row

MOST = 300  # rows: the rest is found by a click on the page


class RegionTab(Gtk.Box):
    """All regions or those of a kind, and where on the page to work.

    Args:
        chosen: called with the number of the region that the user clicked.
        focused: called with the part of the canvas to work in, None for all of it, or "selection".
    """

    def __init__(
        self, chosen: Callable[[int], None], focused: Callable[[Box | str | None], None]
    ) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=SPACE)
        self._focused, self._chosen = focused, chosen
        self._following = False
        self._view: PageView | None = None
        self._panels: tuple[Box, ...] | None = None
        self._focus: Box | None = None
        self._part: Box | None = None
        self._regions: list[GuidedRegion] = []
        self._current: int | None = None
        self._pictures: dict[tuple[object, ...], GdkPixbuf.Pixbuf] = {}
        self._filter, self._work_in = Gtk.ComboBoxText(), Gtk.ComboBoxText()
        names = (tr("All"), tr("Without a colour"), tr("Put off"), tr("Proposed"), tr("Tiny"))
        for name, text in zip(FILTERS, names, strict=True):
            self._filter.append(name, text)
        self._filter.set_active_id("left")
        self._filter.set_tooltip_text(tr("Which regions are listed."))
        self._filter.connect("changed", lambda _: self._fill())
        self._work_in.set_tooltip_text(tr("Where the guide asks and proposes."))
        self._work_in.connect("changed", self._focus_chosen)
        for combo in (self._filter, self._work_in):
            no_wheel(combo)
        self.pack_start(row(self._work_in, self._filter), False, False, 0)
        self._rows = Gtk.ListStore(GdkPixbuf.Pixbuf, str)
        self._list = Gtk.TreeView(model=self._rows, headers_visible=False, enable_search=False)
        self._list.append_column(Gtk.TreeViewColumn("", Gtk.CellRendererPixbuf(), pixbuf=0))
        self._list.append_column(Gtk.TreeViewColumn("", Gtk.CellRendererText(), text=1))
        self._list.get_selection().connect("changed", self._row_chosen)
        scroll = Gtk.ScrolledWindow()
        scroll.set_policy(Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC)
        scroll.set_vexpand(True)
        scroll.add(self._list)
        self.pack_start(scroll, True, True, 0)

    def show_page(
        self,
        view: PageView | None,
        current: int | None,
        panels: tuple[Box, ...],
        focus: Box | None,
        part: Box | None,
    ) -> None:
        """Show a page's regions.

        Args:
            view: the page.
            current: the region that is shown.
            panels: of a comic page, in the order of reading.
            focus: the part of the canvas to work in.
            part: the same where it was chosen here.
        """
        self.set_sensitive(view is not None)
        moved = focus != self._focus
        if panels != self._panels or moved or part != self._part:
            self._panels, self._focus, self._part = panels, focus, part
            self._fill_places()
        if view is not self._view or moved:
            if view is None or self._view is None or view.places is not self._view.places:
                self._pictures.clear()
            self._view = view
            self._fill()
        self._choose(current)

    def _fill(self) -> None:
        view = self._view
        chosen = self._filter.get_active_id() or "all"
        found = [] if view is None else listed(view, chosen, self._focus)
        self._regions = found[:MOST]
        self._following = True
        self._current = None
        self._rows.clear()
        if view is not None:
            for region in self._regions:
                self._rows.append((self._picture(region, view), _text(region, view)))
        self._following = False

    def _picture(self, region: GuidedRegion, view: PageView) -> GdkPixbuf.Pixbuf:
        key = (region.number, region.state, region.color, region.bbox, region.pixels)
        if key not in self._pictures:
            shape = view.places.lit(view.pieces[region.number])
            self._pictures[key] = thumbnail(*shape, region.color, view.places.picture)
        return self._pictures[key]

    def _choose(self, current: int | None) -> None:
        """Mark the region that is shown, where it is in the list."""
        if current == self._current:
            return
        self._following = True
        self._current = current
        numbers = [region.number for region in self._regions]
        if current in numbers:
            path = Gtk.TreePath.new_from_indices([numbers.index(current)])
            self._list.get_selection().select_path(path)
            self._list.scroll_to_cell(path, None, False, 0.0, 0.0)
        else:
            self._list.get_selection().unselect_all()
        self._following = False

    def _row_chosen(self, selection: Gtk.TreeSelection) -> None:
        _, found = selection.get_selected()
        if found is not None and not self._following:
            region = self._regions[self._rows.get_path(found).get_indices()[0]]
            self._current = region.number
            self._chosen(region.number)

    # Panels

    def _fill_places(self) -> None:
        panels = self._panels or ()
        self._following = True
        self._work_in.remove_all()
        self._work_in.append("all", tr("Whole page"))
        for place in range(len(panels)):
            self._work_in.append(str(place), tr("Panel {}").format(place + 1))
        active = "all"
        if self._part in panels:
            active = str(panels.index(self._part))
        elif self._part is not None:
            active = "part"  # and her selection, which may be another by now, can be chosen still
            self._work_in.append(active, tr("A part of the page"))
        self._work_in.append("selection", tr("In my selection"))
        self._work_in.set_active_id(active)
        self._following = False

    def _focus_chosen(self, combo: Gtk.ComboBoxText) -> None:
        chosen = combo.get_active_id()
        if chosen in (None, "part") or self._following:
            return
        if chosen == "selection":
            self._focused(chosen)
            self._fill_places()  # what holds until then, so that it can be chosen again
        else:
            self._focused(None if chosen == "all" else (self._panels or ())[int(chosen)])


def _text(region: GuidedRegion, view: PageView) -> str:
    share = f"{100 * view.share(region):.1f}"
    states = {
        "open": tr("put off") if region.skipped else tr("no colour"),
        "proposed": tr("proposed"),
        "colored": to_hex(region.color or (0, 0, 0)),
        "blank": tr("stays white"),
    }
    return f"{region.number}:  {share} %  {states[region.state]}"
