"""Colours that users hand in as files: palettes and hints."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, GuidingPainterError
from gp_client.guide import Guide

Color = tuple[int, int, int]

_MAX_BYTES = 1 << 20  # of a palette or hints file
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")
_GPL_LINE = re.compile(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(\s.*)?")


def to_hex(color: Color) -> str:
    """Writes RGB 0..255 as "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def parse_color(value: Any) -> Color:
    """Reads "#rrggbb" or three whole numbers from 0 to 255.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str):
        match = _HEX.fullmatch(value.strip())
        if match:
            number = int(match[1], 16)
            return number >> 16, number >> 8 & 255, number & 255
    elif isinstance(value, Sequence) and len(value) == 3:
        red, green, blue = value
        if all(type(part) is int and 0 <= part <= 255 for part in value):
            return red, green, blue
    raise ValueError(f"{str(value)[:32]!r} is no colour")


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
        values = _parse_json(path, text)
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
    text = _read_text(path)
    fields = _parse_json(path, text)
    hints = fields.get("hints") if isinstance(fields, dict) else None
    if isinstance(hints, list):
        guide = Guide.from_json(text)
        if guide.count != count:
            raise GuidingPainterError(
                BAD_REQUEST,
                f"{path} is for a page with {guide.count} regions, this one has {count}.",
                "Use the page, the gap and the ink threshold that it was made with.",
            )
        return guide.hints
    if not isinstance(hints, dict):
        raise GuidingPainterError(
            BAD_REQUEST, f"{path} holds no hints.", 'Write {"hints": {"1": "#aabbcc"}}.'
        )
    found: dict[int, Color] = {}
    for key, value in hints.items():
        number = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else 0
        if not 1 <= number <= count:
            raise GuidingPainterError(
                NO_SUCH_REGION,
                f"{path}: there is no region {key[:32]}.",
                f"This page has the regions 1 to {count}.",
            )
        try:
            found[number] = parse_color(value)
        except ValueError as error:
            raise GuidingPainterError(
                BAD_REQUEST, f"{path}: {error}.", "Write colours as #rrggbb."
            ) from error
    return dict(sorted(found.items()))


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


def _parse_json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GuidingPainterError(
            BAD_REQUEST, f"{path} is neither JSON nor a GIMP palette."
        ) from error
