"""What a plug-in asks the daemon after a step: hints told, suggestions. It waits."""

from __future__ import annotations

from collections.abc import Mapping

from gp_client.page import ClientPage
from gp_client.types import Color

from gp_guide.changes import changes


def tell_hints(page: ClientPage, hints: Mapping[int, Color]) -> None:
    """Make the daemon's hints for a page these.

    Raises:
        GuidingPainterError: see ``ClientPage.hint``.
    """
    for number, color in changes(page.hints, hints).items():
        if color is None:
            page.unhint(number)
        else:
            page.hint(number, color)


def suggestions(page: ClientPage, number: int) -> tuple[Color, ...]:
    """Return colours for a region, given the present hints, the best first.

    Raises:
        GuidingPainterError: see ``ClientPage.suggest``.
    """
    return tuple(dict.fromkeys((page.suggest(number), *page.alternatives(number))))
