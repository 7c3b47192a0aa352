"""Colours and hints as text, for files and for scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION
from gp_client.errors import GuidingPainterError as GPError
from gp_client.types import Color

from gp_guide.guide import Guide

_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


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


def parse_json(text: str, name: str) -> Any:
    """Reads JSON.

    Args:
        text: what was written.
        name: what the user calls it, for the error.

    Raises:
        GuidingPainterError: BAD_REQUEST.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GPError(BAD_REQUEST, f"{name} is not JSON.") from error


def parse_hints(text: str, count: int, name: str) -> dict[int, Color]:
    """Reads hints: region number to colour, by number.

    Args:
        text: JSON, {"hints": {"1": "#aabbcc"}}, or what a guide saved.
        count: how many regions the page has.
        name: what the user calls it, for errors.

    Raises:
        GuidingPainterError: BAD_REQUEST, NO_SUCH_REGION for a number beyond the page's.
    """
    fields = parse_json(text, name)
    hints = fields.get("hints") if isinstance(fields, dict) else None
    if isinstance(hints, list):
        guide = Guide.from_json(text)
        if guide.count != count:
            raise GPError(
                BAD_REQUEST,
                f"{name} is for a page with {guide.count} regions, this one has {count}.",
                "Use the page, the gap and the ink threshold that it was made with.",
            )
        return guide.hints
    if not isinstance(hints, dict):
        raise GPError(BAD_REQUEST, f"{name} holds no hints.", 'Write {"hints": {"1": "#aabbcc"}}.')
    found = dict(_hint(key, value, count, name) for key, value in hints.items())
    return dict(sorted(found.items()))


def _hint(key: str, value: Any, count: int, name: str) -> tuple[int, Color]:
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else 0
    if not 1 <= number <= count:
        raise GPError(
            NO_SUCH_REGION,
            f"{name}: there is no region {key[:32]}.",
            f"This page has the regions 1 to {count}.",
        )
    try:
        return number, parse_color(value)
    except ValueError as error:
        raise GPError(BAD_REQUEST, f"{name}: {error}.", "Write colours as #rrggbb.") from error
