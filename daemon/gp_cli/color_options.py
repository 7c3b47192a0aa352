"""What `gp colorize` is told to do with a page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gp_client.cast import Cast
from gp_client.types import Level

from gp_cli.files.made_of import MadeOf

FORMATS = ("png", "ora", "psd")
STDOUT = Path("-")  # stands for standard output, as elsewhere


@dataclass(frozen=True)
class ColorOptions:
    """Where colours come from and what becomes of them.

    Attributes:
        out: the result; STDOUT.
        format: one of FORMATS.
        hints: file of hints, or None.
        adopt: coloured picture of the same drawing, or None.
        cast: pages that are done, whose colours are taken where the guide is sure of them.
        spread: how sure it must be.
        auto: what the guide asks about gets what it suggests, one after the other.
        draw: of the colours suggested: another number, another colouring.
        complete: what is still open then gets what is suggested for it, at once.
        limit: the most hints or suggestions, in priority order; None: one a region.
        kind: "flats" or "soft".
        layer_only: a PNG of the colour layer alone, without the line art.
        shade: the lightness that the networks paint is multiplied onto flats; in a layered file it
            is a layer of its own.
        learns: what hints, or the picture of the same drawing, teach others is wanted.
        made_of: what the result says of where it came from; None: nothing.
    """

    out: Path
    format: str = "png"
    hints: Path | None = None
    adopt: Path | None = None
    cast: Cast | None = None
    spread: Level = "careful"
    auto: bool = False
    draw: int = 0
    complete: bool = True
    limit: int | None = None
    kind: str = "flats"
    layer_only: bool = False
    shade: bool = False
    learns: bool = False
    made_of: MadeOf | None = None

    @property
    def note(self) -> bytes:
        """The line that goes into the result, b"" for none."""
        return b"" if self.made_of is None else self.made_of.line


def format_of(out: Path) -> str | None:
    """The format that a file's ending names, or None."""
    ending = out.suffix.lower().removeprefix(".")
    return ending if ending in FORMATS else None
