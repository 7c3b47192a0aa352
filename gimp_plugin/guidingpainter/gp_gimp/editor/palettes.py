"""GIMP's own palettes."""

from __future__ import annotations

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color
from gp_guide.palettes import MOST

from .document import to_rgb
from .host import Gimp, tr


def chosen_palette() -> dict[Color, str]:
    """Return the colours of the palette that is chosen in GIMP, with their names.

    Raises:
        GuidingPainterError: BAD_REQUEST where there is none.
    """
    palette = Gimp.context_get_palette()
    found: dict[Color, str] = {}
    for place, color in enumerate([] if palette is None else palette.get_colors()[:MOST]):
        known, name = palette.get_entry_name(place)
        found.setdefault(to_rgb(color), name if known and name and name != "Untitled" else "")
    if not found:
        raise GuidingPainterError(
            BAD_REQUEST, tr("No palette is chosen."), tr("Choose one in GIMP's Palettes dialog.")
        )
    return found
