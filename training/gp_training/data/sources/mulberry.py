"""Mulberry Symbols: people doing things, flat colours under black strokes of their own.

Fills and strokes are separate shapes, so a drawing without its fills is line art that was drawn,
not computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gp_training.data.sources.base import Figure, Source

_PAINT = re.compile(r'\b(fill|stroke)="(#[0-9a-fA-F]{3,6}|[a-z]+)"')
_DARK = 75  # of 255: a paint with no brighter channel is ink
_NAMED = {"black": 0, "none": None}
_SERIES = re.compile(r"(_\d+[a-z]?)?(,_to)?$")


def _brightest(paint: str) -> int | None:
    """The largest channel of a paint, 0..255; None for no paint at all."""
    if not paint.startswith("#"):
        return _NAMED.get(paint, 255)
    digits = paint[1:]
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    return max(int(digits[start : start + 2], 16) for start in (0, 2, 4))


def line_art(drawing: str) -> str | None:
    """The line art of a symbol: dark paints black, other fills white, other strokes none.

    Args:
        drawing: SVG text.

    Returns:
        SVG text; None where the drawing has no dark strokes, or keeps its paints in a style
        sheet.
    """
    if "style" in drawing or 'stroke="' not in drawing:
        return None
    strokes = 0

    def paint(match: re.Match[str]) -> str:
        nonlocal strokes
        kind, brightest = match.group(1), _brightest(match.group(2))
        if brightest is None:
            return match.group(0)
        if brightest < _DARK:
            strokes += kind == "stroke"
            return f'{kind}="#000"'
        return f'{kind}="#fff"' if kind == "fill" else f'{kind}="none"'

    drawn = _PAINT.sub(paint, drawing)
    return drawn if strokes else None


def _draw(folder: Path, target: Path) -> None:
    for symbol in sorted(folder.rglob("*.svg")):
        if target in symbol.parents:
            continue
        text = symbol.read_text(encoding="utf-8", errors="replace")
        drawn = line_art(text)
        if drawn is not None:
            (target / symbol.name).write_text(text, encoding="utf-8")
            (target / f"{symbol.stem}.line.svg").write_text(drawn, encoding="utf-8")


def _mulberry(folder: Path) -> Iterator[Figure]:
    for color in sorted((folder / "drawn").glob("*.svg")):
        if color.name.endswith(".line.svg"):
            continue
        # baker, baker_2 and baker_2a are one figure.
        work = _SERIES.sub("", color.stem)
        yield Figure("mulberry", work, color, color.with_suffix(".line.svg"))


MULBERRY = Source(
    "mulberry", "git", ("mulberrysymbols/mulberry-symbols",), "CC-BY-SA-4.0",
    "Steve Lee (Mulberry Symbols)",
    "true pairs: people doing things, objects", _mulberry, _draw,
)  # fmt: skip
