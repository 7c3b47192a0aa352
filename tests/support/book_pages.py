"""A book whose pages have the same four boxes, which `ComparingNetworks` tell apart by size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cast_samples import COLORS, HEIGHT, TURNED, WIDTH, WIDTHS, boxes, middle
from PIL import Image

THIRD = (24, 120, 42, 68)
ORDERS = (WIDTHS, TURNED, THIRD)
ALL = ["page1.png", "page2.png", "page3.png"]


def draw_book() -> None:
    """Pages, and a model sheet, in the present folder."""
    for page, order in zip(ALL, ORDERS, strict=True):
        drawn(order).save(page)
    colored(WIDTHS).save("sheet.png")


def drawn(order: tuple[int, ...]) -> Image.Image:
    """A page with boxes in this order."""
    return Image.frombytes("L", (WIDTH, HEIGHT), boxes(order))


def colored(order: tuple[int, ...]) -> Image.Image:
    """The same page, coloured."""
    picture = drawn(order).convert("RGB")
    for width in order:
        x, _ = middle(order, width)
        box = (x - width // 2 + 2, 1, x - width // 2 + width, HEIGHT - 1)
        picture.paste(COLORS[width], box)
    return picture


def seen(path: str | Path, order: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    """The colour of each box in a result."""
    with Image.open(path) as picture:
        pixels: Any = picture.convert("RGB").load()
        return {width: pixels[middle(order, width)] for width in order}


def lines(capfd: pytest.CaptureFixture[str]) -> tuple[list[str], list[str]]:
    """What was said on standard output, and on standard error."""
    said = capfd.readouterr()
    return said.out.splitlines(), said.err.splitlines()


def states(said: list[str]) -> list[str]:
    """What became of each page, of the lines of ``--json``."""
    return [json.loads(line)["state"] for line in said[:-1]]
