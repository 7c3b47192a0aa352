"""Palettes from outside: GIMP's .gpl files, which Krita writes too. Pure."""

from __future__ import annotations

from pathlib import Path

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color

MOST = 256  # colours; the rest of a larger palette is left out
_UNTITLED = "Untitled"  # what GIMP writes for a colour that has no name
_LARGEST = 1 << 20  # bytes: no palette is larger


def parse_gpl(text: str) -> dict[Color, str]:
    """Return a palette's colours with their names, "" for none, each once, in their order.

    Raises:
        GuidingPainterError: BAD_REQUEST where the text is no palette, or has no colour.
    """
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != "GIMP Palette":
        raise _bad("This file is not a palette.")
    found: dict[Color, str] = {}
    for line in lines[1:]:
        words = line.split(maxsplit=3)
        if len(words) < 3 or not all(word.isdecimal() for word in words[:3]):
            continue  # Name:, Columns:, a comment
        red, green, blue = (int(word) for word in words[:3])
        if max(red, green, blue) > 255:
            raise _bad(f"This palette has a colour that is none: {line.strip()[:40]}.")
        if len(found) < MOST:
            name = words[3].strip() if len(words) > 3 else ""
            found.setdefault((red, green, blue), "" if name == _UNTITLED else name)
    if not found:
        raise _bad("This palette has no colours.")
    return found


def read_gpl(path: str) -> dict[Color, str]:
    """Read a palette's file.

    Raises:
        GuidingPainterError: BAD_REQUEST where it cannot be read, or see ``parse_gpl``.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise _bad(f"This palette cannot be read ({error.strerror}).") from error
    if len(data) > _LARGEST:
        raise _bad("This file is too large for a palette.")
    return parse_gpl(data.decode("utf-8", errors="replace"))


def _bad(message: str) -> GuidingPainterError:
    return GuidingPainterError(
        BAD_REQUEST, message, "Choose a palette in GIMP's format (.gpl); Krita exports them."
    )
