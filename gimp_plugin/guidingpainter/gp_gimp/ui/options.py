"""The dialog's options: what is painted, and what counts as a line."""

from __future__ import annotations

from collections.abc import Callable

from gp_client.page_options import MAX_INK
from gp_guide.saved import OUTPUTS, Saved

from ..editor.host import tr
from .toolkit import Gtk
from .widgets import SPACE, AutoNumber, label, no_wheel

GAP_MOST = 200  # pixels


class Options(Gtk.Grid):
    """Output, gaps, ink.

    Args:
        output: called with one of OUTPUTS.
        gap: called with pixels, None for what the canvas size gives.
        ink: called with a tone, None for what is measured.
    """

    def __init__(
        self,
        output: Callable[[str], None],
        gap: Callable[[int | None], None],
        ink: Callable[[int | None], None],
    ) -> None:
        super().__init__(column_spacing=SPACE, row_spacing=SPACE)
        self._chosen, self._following = output, False
        self._output = Gtk.ComboBoxText()
        texts = (tr("Flats"), tr("Soft colours"), tr("A layer for each colour"))
        for kind, text in zip(OUTPUTS, texts, strict=True):
            self._output.append(kind, text)
        self._output.connect("changed", self._choose)
        no_wheel(self._output)
        self._gap = AutoNumber(GAP_MOST, 4, gap)
        self._gap.set_tooltip_text(tr("Gaps in the lines up to so many pixels count as closed."))
        self._ink = AutoNumber(MAX_INK, 128, ink)
        self._ink.set_tooltip_text(tr("Pixels darker than this are ink, 0 to 255."))
        rows = ((tr("_Output"), self._output), (tr("_Gaps"), self._gap), (tr("_Ink"), self._ink))
        for row, (text, widget) in enumerate(rows):
            name = label("")
            name.set_markup_with_mnemonic(text)
            name.set_mnemonic_widget(getattr(widget, "auto", widget))
            widget.set_hexpand(True)
            self.attach(name, 0, row, 1, 1)
            self.attach(widget, 1, row, 1, 1)

    def show_saved(self, saved: Saved) -> None:
        """Show what the image keeps."""
        self._following = True
        self._output.set_active_id(saved.output)
        self._following = False
        self._gap.show_number(saved.gap)
        self._ink.show_number(saved.ink)

    def _choose(self, combo: Gtk.ComboBoxText) -> None:
        kind = combo.get_active_id()
        if kind is not None and not self._following:
            self._chosen(kind)
