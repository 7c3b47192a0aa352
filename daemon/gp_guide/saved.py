"""What a plug-in keeps in the document.

Pure: no editor, no toolkit. Krita keeps ``Saved.to_bytes()`` in an annotation, GIMP in a parasite.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gp_client.answers import box_of, color_of
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Box, Color

from gp_guide.correction import Correction
from gp_guide.options import last_find

SCHEMA = 2
_WITHOUT_ACTS = 1  # what version 1 reads, too
OUTPUTS = ("flats", "soft", "layers")
RECENT = 24  # colours that are offered again
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Saved:
    """The plug-in's part of a document.

    Attributes:
        guide: of version 1: what Guide.to_json gave; else "".
        fingerprint: of version 1: it was the same while the regions were.
        line_art: the id of the layer, or "".
        output: one of OUTPUTS.
        gap: pixels, None by canvas size.
        ink: tone 0..255, None measured.
        area: the part of the canvas to work in, None for all of it.
        palette: colours that were loaded, beside those that the guide remembers.
        names: of colours, as "#rrggbb", for which a palette that was loaded has one.
        corrections: of version 1: of the regions of this fingerprint, the oldest first.
        acts: all that was done to the page, from ``GuidedPage.acts``, or b"" where it is still a
            walk of version 1, which ``gp_guide.older`` takes over.
        recent: colours that the artist gave, newest first.
        locked: colours; what has one keeps it, see ``gp_guide.locks``.
        shown: a pixel of the region that is shown, where the editor keeps it.
        cast: path of the cast's file, see ``gp_guide.book``; "" for none.
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
    names: Mapping[str, str] = field(default_factory=dict)
    locked: tuple[Color, ...] = ()
    cast: str = ""

    @property
    def begun(self) -> bool:
        """Whether anything was done to a page of this document, be it by version 1."""
        return bool(self.acts or self.guide)

    @property
    def older(self) -> bool:
        """Whether only version 1 coloured the document: where its colours are, its flats know."""
        return bool(self.guide and not self.acts)

    @property
    def found(self) -> tuple[float | None, int | None]:
        """Gap and ink with which the pieces were found last, else those to find them with."""
        return last_find(self.acts) or (self.gap, self.ink)

    def using(self, color: Color) -> Saved:
        """Return the same with a colour first among those that the artist gave."""
        rest = (one for one in self.recent if one != color)
        return replace(self, recent=(color, *rest)[:RECENT])

    def locking(self, color: Color) -> Saved:
        """Return the same with a colour locked, or unlocked where it was."""
        rest = tuple(one for one in self.locked if one != color)
        return replace(self, locked=rest if color in self.locked else (*rest, color))

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
                {str(color): str(name) for color, name in fields.get("names", {}).items()},
                tuple(color_of(color) for color in fields.get("locked", ())),
                str(fields.get("cast", "")),
            )
        except _DAMAGE as error:
            raise GuidingPainterError(
                BAD_REQUEST,
                "The colouring saved in this document is damaged.",
                "It starts afresh; the layers stay.",
            ) from error
