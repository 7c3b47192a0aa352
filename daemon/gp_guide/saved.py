"""What a plug-in keeps in the document, and how the guide follows the picture.

Pure: no editor, no toolkit. Krita keeps ``Saved.to_bytes()`` in an annotation, GIMP in a parasite.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gp_client.answers import box_of, color_of
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Box, Color

from gp_guide.changes import changes
from gp_guide.correction import Correction
from gp_guide.guide import Change, Guide

SCHEMA = 2
_WITHOUT_ACTS = 1  # what version 1 reads, too
OUTPUTS = ("flats", "soft", "layers")


@dataclass(frozen=True)
class Saved:
    """The plug-in's part of a document.

    Attributes:
        guide: what Guide.to_json gave, or "" before the first page.
        fingerprint: see ``fingerprint_of``; regions are the same where it is.
        line_art: the id of the layer, or "".
        output: one of OUTPUTS.
        gap: pixels, None by canvas size.
        ink: tone 0..255, None measured.
        area: the part of the canvas to work in, None for all of it.
        palette: colours that were loaded, beside those that the guide remembers.
        corrections: of the regions of this fingerprint, the oldest first.
        acts: all that was done to the page, from ``GuidedPage.acts``, or b"" where it is still a
            walk of version 1, which ``gp_guide.older`` takes over.
        recent: colours that the artist gave, newest first.
        shown: a pixel of the region that is shown, where the editor keeps it.
    """

    guide: str = ""
    fingerprint: str = ""
    line_art: str = ""
    output: str = "flats"
    gap: float | None = None
    ink: int | None = None
    area: Box | None = None
    palette: tuple[Color, ...] = ()
    corrections: tuple[Correction, ...] = ()
    acts: bytes = b""
    recent: tuple[Color, ...] = ()
    shown: tuple[int, int] | None = None

    def to_bytes(self) -> bytes:
        """Return what goes into the document's annotation."""
        fields = {"schema": SCHEMA if self.acts else _WITHOUT_ACTS, **vars(self)}
        fields["corrections"] = [correction.to_json() for correction in self.corrections]
        fields["acts"] = base64.b64encode(self.acts).decode()
        return json.dumps(fields).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Saved:
        """Read an annotation; an empty one gives the defaults, unknown fields are ignored.

        Raises:
            GuidingPainterError: BAD_REQUEST for a damaged or newer one.
        """
        if not data:
            return cls()
        try:
            fields: Any = json.loads(data)
            if fields["schema"] > SCHEMA:
                raise GuidingPainterError(
                    BAD_REQUEST,
                    "This document was saved by a newer GuidingPainter.",
                    "Update the plug-in.",
                )
            output = fields["output"] if fields["output"] in OUTPUTS else "flats"
            gap, ink, area = fields["gap"], fields["ink"], fields.get("area")
            shown = fields.get("shown")
            return cls(
                str(fields["guide"]),
                str(fields["fingerprint"]),
                str(fields["line_art"]),
                output,
                None if gap is None else float(gap),
                None if ink is None else int(ink),
                None if area is None else box_of(area),
                tuple(color_of(color) for color in fields.get("palette", ())),
                tuple(Correction.from_json(entry) for entry in fields.get("corrections", ())),
                base64.b64decode(fields.get("acts", ""), validate=True),
                tuple(color_of(color) for color in fields.get("recent", ())),
                None if shown is None else (int(shown[0]), int(shown[1])),
            )
        except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
            raise GuidingPainterError(
                BAD_REQUEST,
                "The colouring saved in this document is damaged.",
                "It starts afresh; the layers stay.",
            ) from error


def widen(guide: Guide, count: int) -> Guide:
    """Return a guide over more regions, which a correction may make; its undo history is gone."""
    if count == guide.count:
        return guide
    return Guide.from_json(json.dumps({**json.loads(guide.to_json()), "count": count}))


def follow(guide: Guide, painted: Mapping[int, Color | None]) -> tuple[Change, ...]:
    """Make the guide agree with the picture, which undo, redo or the artist's hand changed.

    The guide's own undo and redo are tried first, as they bring the place of the walk back too.

    Args:
        guide: changed in place.
        painted: the colour in each region whose pixels agree on one, None for an unpainted one;
            regions left out are not known and stay.

    Returns:
        What changed.
    """
    before = guide.hints
    if _agrees(guide, painted):
        return ()
    if not (_search(guide, painted, back=True) or _search(guide, painted, back=False)):
        current = guide.current
        for number, color in painted.items():
            if guide.hints.get(number) == color:
                continue
            if color is None:
                guide.clear(number)
            else:
                guide.go_to(number)
                guide.apply(color)
        if current is not None:
            guide.go_to(current)
    return tuple(Change(number, color) for number, color in changes(before, guide.hints).items())


def _agrees(guide: Guide, painted: Mapping[int, Color | None]) -> bool:
    hints = guide.hints
    return all(hints.get(number) == color for number, color in painted.items())


def _search(guide: Guide, painted: Mapping[int, Color | None], back: bool) -> bool:
    """Step through the guide's history until it agrees; stay where nothing there does."""
    steps = 0
    while guide.can_undo if back else guide.can_redo:
        guide.undo() if back else guide.redo()
        steps += 1
        if _agrees(guide, painted):
            return True
    for _ in range(steps):
        guide.redo() if back else guide.undo()
    return False
