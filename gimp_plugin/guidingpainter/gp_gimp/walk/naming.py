"""What an undo step is called: which region got which colour."""

from __future__ import annotations

from collections.abc import Mapping

from gp_guide.colors import to_hex
from gp_guide.page_view import PageView
from gp_guide.repaint import repaint

from ..editor.host import tr


def step_name(before: PageView, after: PageView, names: Mapping[str, str]) -> str:
    """Return a name for what an act has changed, "" where no colour is another.

    Args:
        before, after: the page.
        names: of colours, by "#rrggbb".
    """
    if before.places is not after.places:
        return ""  # pieces were found anew or cut; every colour keeps its place
    fills = repaint(before, after)
    pieces = [piece for each in fills.values() for piece in each]
    regions = {after.piece_regions[piece] for piece in pieces}
    if not regions:
        return ""
    number = min(regions)
    if len(fills) > 1:
        return tr("Colour {} Regions").format(len(regions))
    (color,) = fills
    if color is None:
        if len(regions) == 1:
            return tr("Clear Region {}").format(number)
        return tr("Clear {} Regions").format(len(regions))
    said = names.get(to_hex(color), to_hex(color))
    if len(regions) == 1:
        return tr("Colour Region {}: {}").format(number, said)
    return tr("Colour {} Regions: {}").format(len(regions), said)
