"""Colours that users hand in as files: palettes and hints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color
from gp_guide.colors import parse_color, parse_hints, to_hex

__all__ = ["parse_color", "read_hints", "read_palette", "to_hex"]

_MAX_BYTES = 1 << 20  # of a palette or hints file
_GPL_LINE = re.compile(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(\s.*)?")


def read_palette(path: Path) -> tuple[Color, ...]:
    """Reads a palette.

    Args:
        path: a GIMP palette (.gpl), or JSON: a list of colours, or an object that has one as
            "palette" or "colors". A colour is "#rrggbb" or [red, green, blue].

    Returns:
        At least one colour, in the file's order.

    Raises:
        GuidingPainterError: BAD_REQUEST.
    """
    text = _read_text(path)
    if text.startswith("GIMP Palette"):
        matches = [_GPL_LINE.fullmatch(line) for line in text.splitlines()[1:]]
        values: Any = [[int(part) for part in match.groups()[:3]] for match in matches if match]
    else:
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise GuidingPainterError(
                BAD_REQUEST, f"{path} is neither JSON nor a GIMP palette."
            ) from error
        if isinstance(values, dict):
            values = values.get("palette", values.get("colors"))
    if not isinstance(values, list) or not values:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{path} holds no colours.",
            'Use a GIMP palette (.gpl) or JSON such as ["#aabbcc", "#ddeeff"].',
        )
    try:
        return tuple(parse_color(value) for value in values)
    except ValueError as error:
        raise GuidingPainterError(
            BAD_REQUEST, f"{path}: {error}.", "Write colours as #rrggbb."
        ) from error


def read_hints(path: Path, count: int) -> dict[int, Color]:
    """Reads hints: region number to colour.

    Args:
        path: JSON, {"hints": {"1": "#aabbcc"}}, or what a guide saved.
        count: how many regions the page has.

    Raises:
        GuidingPainterError: BAD_REQUEST, NO_SUCH_REGION for a number beyond the page's.
    """
    return parse_hints(_read_text(path), count, str(path))


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GuidingPainterError(BAD_REQUEST, f"{path} cannot be read ({reason}).") from error
    except UnicodeDecodeError as error:
        raise GuidingPainterError(BAD_REQUEST, f"{path} is no text file.") from error
    if len(data) > _MAX_BYTES:
        raise GuidingPainterError(BAD_REQUEST, f"{path} is too large for a file of colours.")
    return text
