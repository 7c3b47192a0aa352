"""Contact sheets: a page and what was made of it, side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gp_cli import walk, writing
from gp_cli.colors import to_hex
from gp_cli.line_art import under_lines

# Okabe and Ito's colours, which people with any common colour blindness tell apart, then the same
# ones lighter and darker, as a page may have thirty regions.
_BASE: tuple[Color, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
_SHADES = (0.0, 0.55, -0.4, 0.8)  # towards white, or, negative, towards black

NUMBERED = 30  # regions that have a colour and a number in the region panel: the first asked
_PANEL = 640  # pixels: the long side of a panel's picture
SMALL = 320  # the same in an overview
_TALLEST = 1400  # pixels: of a panel with a strip in it
_MARGIN = 20
_CAPTION = 34
_GROUND = (245, 245, 243)
_TEXT = (32, 32, 32)
_FAINT = (110, 110, 110)
_FRAME = (170, 170, 168)
_LATER = (226, 226, 222)  # regions that are asked later than those with a number


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture, uint8 [H, W, 3], with its caption."""

    caption: str
    picture: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Made:
    """What became of a page, as its sheet shows it.

    Attributes:
        size: width and height of the canvas in pixels.
        shares: region number when the page was opened to its part of the canvas, 0 to 1.
        colors: the colour of each of the first NUMBERED regions, where they have one.
        given: how many colours were given one by one.
        panels: the pictures, from the line art to the flats, as `fit` makes them.
    """

    size: tuple[int, int]
    shares: Mapping[int, float]
    colors: Mapping[int, Color]
    given: int
    panels: Sequence[Panel]

    @staticmethod
    def of(
        labels: NDArray[np.int32],
        paper: NDArray[np.uint8],
        flats: NDArray[np.uint8],
        given: int,
        panels: Sequence[Panel],
    ) -> Made:
        """Looks up what is told of each region.

        Args:
            labels: int32 [H, W], region numbers from 1 as they were when the page was opened.
            paper: uint8 [H, W, 3], the line art on white.
            flats: uint8 [H, W, 4], the page at the end; transparent where it has no colour.
            given: as above.
            panels: as above.
        """
        height, width = labels.shape
        sizes = np.bincount(labels.ravel()).tolist()
        shares = {n: size / labels.size for n, size in enumerate(sizes) if n > 0 and size > 0}
        first = np.where((labels <= NUMBERED) & (flats[..., 3] > 0), labels, 0)
        colors = walk.reference_colors(first, flats[..., :3], paper)
        colors.pop(0, None)
        return Made((width, height), shares, colors, given, panels)


def region_color(number: int) -> Color:
    """A region's colour in the region panel, RGB; repeats after 28."""
    index = number - 1
    shade = _SHADES[index // len(_BASE) % len(_SHADES)]
    end = 255 if shade > 0 else 0
    red, green, blue = (round(v + (end - v) * abs(shade)) for v in _BASE[index % len(_BASE)])
    return red, green, blue


def pole(labels: NDArray[np.integer], number: int) -> tuple[int, int, float]:
    """The pole of inaccessibility of a region's largest part: where its number has most room.

    Args:
        labels: [H, W], region numbers from 1.
        number: a region that occurs in them.

    Returns:
        x, y, and the distance to the part's border in pixels.
    """
    mask = (labels == number).astype(np.uint8)
    _count, parts, stats, _centers = cv2.connectedComponentsWithStats(mask, connectivity=4)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    # With a frame of nothing, so that the canvas border counts as a border.
    part = np.pad((parts == largest).astype(np.uint8), 1)
    distance = np.asarray(cv2.distanceTransform(part, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    room = float(distance.max())
    # A long part has a ridge of such places: take the one nearest to the ridge's middle.
    ys, xs = np.nonzero(distance >= room - 1e-3)
    best = int(np.argmin((ys - ys.mean()) ** 2 + (xs - xs.mean()) ** 2))
    return int(xs[best]) - 1, int(ys[best]) - 1, room


def region_panel(
    labels: NDArray[np.int32], paper: NDArray[np.uint8], side: int = _PANEL
) -> NDArray[np.uint8]:
    """The first regions in their panel colours under the line art, with their numbers drawn in.

    Those after NUMBERED are gray and without numbers.

    Args:
        labels: int32 [H, W], region numbers from 1.
        paper: uint8 [H, W, 3], the line art on white.
        side: long side of the result in pixels.

    Returns:
        uint8 [h, w, 3].
    """
    lines = fit(paper, side)
    height, width = lines.shape[:2]
    clipped = np.minimum(labels, NUMBERED + 1).astype(np.uint8)
    small = cv2.resize(clipped, (width, height), interpolation=cv2.INTER_NEAREST)
    small = np.asarray(small, np.uint8)
    table = np.full((NUMBERED + 2, 3), _LATER, np.uint8)
    for number in range(1, NUMBERED + 1):
        table[number] = region_color(number)
    colored = np.asarray(cv2.multiply(table[small], lines, scale=1 / 255), np.uint8)
    image = Image.fromarray(colored)
    draw = ImageDraw.Draw(image)
    numbers = np.unique(small[(small > 0) & (small <= NUMBERED)]).tolist()
    for number in reversed(numbers):  # the first ones last, so that they are never covered
        x, y, room = pole(small, number)
        size = min(max(room * 1.1, side / 42), side / 16)
        draw.text(
            (x, y),
            str(number),
            fill="white",
            font=writing.own_font(size),
            anchor="mm",
            stroke_width=max(2, round(size / 8)),
            stroke_fill=(25, 25, 25),
        )
    return np.asarray(image)


def fit(
    picture: NDArray[np.uint8], side: int = _PANEL, tallest: int = _TALLEST
) -> NDArray[np.uint8]:
    """Scales a picture so that its width is `side`, or less where it would be too tall.

    Small pictures are enlarged.

    Args:
        picture: uint8 [H, W, 3].
        side: width in pixels of pictures that are not taller than wide.
        tallest: largest height in pixels.
    """
    height, width = picture.shape[:2]
    scale = min(side / width, side * 1.25 / height if height < 2.5 * width else tallest / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)


def painted(
    layer: NDArray[np.uint8], paper: NDArray[np.uint8], side: int = _PANEL
) -> NDArray[np.uint8]:
    """A colour layer, uint8 [H, W, 4], under the line art, as `fit` makes it."""
    return fit(under_lines(layer, paper), side)


def page_sheet(page: Made, title: str) -> NDArray[np.uint8]:
    """The contact sheet of a page: its panels and a legend.

    Args:
        page: with five panels.
        title: shown above the legend.

    Returns:
        uint8 [H, W, 3].
    """
    height, width = page.panels[0].picture.shape[:2]
    legend_width = max(width, 600)  # two columns of text fit
    columns = 6 if height > 1.4 * width else 1 if width > 3 * height else 3
    legend = _legend(page, title, legend_width, height + _CAPTION)
    cells = [_captioned(panel, panel.picture.shape[1]) for panel in page.panels]
    return _tile([*cells, legend], columns)


def overview_sheet(rows: Sequence[tuple[str, Sequence[Panel]]], title: str) -> NDArray[np.uint8]:
    """All pages on one sheet, one row each.

    Args:
        rows: each page's name and panels, as `small` makes them.
        title: shown on top.

    Returns:
        uint8 [H, W, 3].
    """
    blocks: list[NDArray[np.uint8]] = []
    for name, shown in rows:
        cells = [_captioned(panel, SMALL, 18) for panel in shown]
        row = _tile(cells, len(cells), 0)
        blocks.append(np.vstack([_text_line(name, 30, row.shape[1], 20), row]))
    body = _tile(blocks, 1)
    head = _text_line(title, 56, body.shape[1], 32, _MARGIN)
    return np.vstack([head, body])


def small(panels: Sequence[Panel]) -> list[Panel]:
    """The same panels, as small as an overview wants them."""
    return [Panel(panel.caption, fit(panel.picture, SMALL)) for panel in panels]


def _captioned(panel: Panel, width: int, size: float = 22) -> NDArray[np.uint8]:
    """The picture in the middle of a cell of this width, framed, its caption above."""
    height, own = panel.picture.shape[:2]
    width = max(width, own)
    cell = Image.new("RGB", (width, height + _CAPTION), _GROUND)
    left = (width - own) // 2
    draw = ImageDraw.Draw(cell)
    draw.text((left, _CAPTION / 2), panel.caption, _TEXT, writing.own_font(size), "lm")
    cell.paste(Image.fromarray(panel.picture), (left, _CAPTION))
    box = (left, _CAPTION, left + own - 1, _CAPTION + height - 1)
    draw.rectangle(box, outline=_FRAME)
    return np.asarray(cell)


def _legend(page: Made, title: str, width: int, height: int) -> NDArray[np.uint8]:
    """A table of the first regions: number, panel colour, colour at the end, share."""
    canvas_width, canvas_height = page.size
    shares = {n: share for n, share in page.shares.items() if n <= NUMBERED}
    head, line = 96, 34
    per_column = max(1, min(len(shares), (height - head) // line))
    columns = math.ceil(len(shares) / per_column)
    if columns > 2:  # many regions: smaller lines rather than a third column
        columns = 2
        per_column = math.ceil(len(shares) / columns)
        line = max(25, (height - head) // per_column)
    height = max(height, head + per_column * line)
    image = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(image)
    _draw_fitting(draw, (0, 22), title, width, 28)
    subtitle = f"{canvas_width} x {canvas_height} pixels, {counted(len(page.shares), 'region')}"
    draw.text((0, 56), subtitle, _FAINT, writing.own_font(20), "lm")
    font = writing.own_font(min(20, line * 0.62))
    for index, (number, share) in enumerate(shares.items()):
        x = index // per_column * (width // 2)
        y = head + index % per_column * line
        box = line - 8
        draw.rectangle((x, y, x + 1.4 * box, y + box), region_color(number), _FRAME)
        draw.text(
            (x + 0.7 * box, y + box / 2),
            str(number),
            "white",
            font,
            "mm",
            stroke_width=2,
            stroke_fill=(25, 25, 25),
        )
        color = page.colors.get(number)
        at = x + 1.8 * box
        if color is not None:
            draw.rectangle((at, y, at + 1.4 * box, y + box), color, _FRAME)
        at += 1.8 * box + 3.4 * font.size
        draw.text((at, y + box / 2), f"{100 * share:.1f} %", _TEXT, font, "rm")
        text = "left white" if color is None else to_hex(color)
        draw.text((at + 0.8 * font.size, y + box / 2), text, _TEXT, font, "lm")
    return np.asarray(image)


def counted(number: int, thing: str) -> str:
    """Such as "1 page", "2 pages"."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _draw_fitting(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, width: int, size: float
) -> None:
    """Draws a line of text, smaller where it would be too wide."""
    wanted = writing.length(text, size)
    size = max(11, min(size, size * width / max(wanted, 1)))
    writing.draw(draw, at, text, _TEXT, size)


def _text_line(text: str, height: int, width: int, size: float, left: int = 0) -> NDArray[np.uint8]:
    image = Image.new("RGB", (width, height), _GROUND)
    _draw_fitting(ImageDraw.Draw(image), (left, height / 2), text, width - 2 * left, size)
    return np.asarray(image)


def _tile(
    cells: Iterable[NDArray[np.uint8]], columns: int, margin: int = _MARGIN
) -> NDArray[np.uint8]:
    """Pictures in rows, each column as wide as its widest, with margins around."""
    cells = list(cells)
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    widths = [max(row[i].shape[1] for row in rows if i < len(row)) for i in range(len(rows[0]))]
    heights = [max(cell.shape[0] for cell in row) for row in rows]
    total_width = sum(widths) + _MARGIN * (len(widths) - 1) + 2 * margin
    total_height = sum(heights) + _MARGIN * (len(heights) - 1) + 2 * margin
    sheet = np.full((total_height, total_width, 3), _GROUND, np.uint8)
    y = margin
    for row, height in zip(rows, heights, strict=True):
        x = margin
        for cell, width in zip(row, widths, strict=False):
            sheet[y : y + cell.shape[0], x : x + cell.shape[1]] = cell
            x += width + _MARGIN
        y += height + _MARGIN
    return sheet
