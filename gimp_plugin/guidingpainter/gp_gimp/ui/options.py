"""The dialog's options: what is painted, what is proposed, and what counts as a line."""

from __future__ import annotations

from collections.abc import Callable

from gp_client.page_options import MAX_INK
from gp_client.types import LEVELS
from gp_guide.saved import OUTPUTS

from ..editor.host import tr
from .toolkit import Gtk
from .widgets import SPACE, AutoNumber, label, no_wheel

GAP_MOST, GAP_SLIDE = 200, 60  # pixels: as a number, and at the slider's right end


class Options(Gtk.Grid):
    """Output, proposals, gaps, ink.

    Args:
        output: called with one of OUTPUTS.
        spread: called with one of LEVELS.
        find: called with gaps in pixels and a tone for ink; None: measured.
        tried: called with the same while one of them is being changed.
    """

    def __init__(
        self,
        output: Callable[[str], None],
        spread: Callable[[str], None],
        find: Callable[[float | None, int | None], None],
        tried: Callable[[float | None, int | None], None],
    ) -> None:
        super().__init__(column_spacing=SPACE, row_spacing=SPACE)
        self._following = False
        self._gap_now: float | None = None
        self._ink_now: int | None = None
        self._output = Gtk.ComboBoxText()
        texts = (tr("Flats"), tr("Soft colours"), tr("A layer for each colour"))
        for kind, text in zip(OUTPUTS, texts, strict=True):
            self._output.append(kind, text)
        self._output.connect("changed", self._choose, output)
        self._spread = Gtk.ComboBoxText()
        levels = (tr("Off"), tr("Careful"), tr("Bold"))
        for level, text in zip(LEVELS, levels, strict=True):
            self._spread.append(level, text)
        self._spread.set_tooltip_text(tr("How sure a proposal must be"))
        self._spread.connect("changed", self._choose, spread)
        for combo in (self._output, self._spread):
            no_wheel(combo)
        self._gap = AutoNumber(
            GAP_MOST,
            GAP_SLIDE,
            4,
            lambda gap: find(gap, self._ink_now),
            lambda gap: tried(gap, self._ink_now),
        )
        self._gap.set_tooltip_text(tr("Gaps in the lines up to so many pixels count as closed."))
        self._ink = AutoNumber(
            MAX_INK,
            MAX_INK,
            128,
            lambda ink: find(self._gap_now, ink),
            lambda ink: tried(self._gap_now, ink),
        )
        self._ink.set_tooltip_text(tr("Pixels darker than this are ink, 0 to 255."))
        rows = (
            (tr("_Output"), self._output),
            (tr("Proposals"), self._spread),
            (tr("_Gaps"), self._gap),
            (tr("_Ink"), self._ink),
        )
        for row, (text, widget) in enumerate(rows):
            name = label("")
            name.set_markup_with_mnemonic(text)
            name.set_mnemonic_widget(getattr(widget, "auto", widget))
            widget.set_hexpand(True)
            self.attach(name, 0, row, 1, 1)
            self.attach(widget, 1, row, 1, 1)

    def show_options(
        self, output: str, spread: str | None, gap: float | None, ink: int | None
    ) -> None:
        """Show what holds now; ``spread`` is None before there is a page."""
        self._following = True
        self._output.set_active_id(output)
        self._spread.set_sensitive(spread is not None)
        if spread is not None:
            self._spread.set_active_id(spread)
        self._following = False
        self._gap_now, self._ink_now = gap, ink
        self._gap.show_number(gap)
        self._ink.show_number(ink)

    def _choose(self, combo: Gtk.ComboBoxText, chosen: Callable[[str], None]) -> None:
        name = combo.get_active_id()
        if name is not None and not self._following:
            chosen(name)
