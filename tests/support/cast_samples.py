"""Pages of casts made up, and pages of boxes side by side that `ComparingNetworks` tell apart."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

from gp_client.cast import CastPage

RED, BLUE, GREEN, GOLD = (200, 10, 20), (10, 20, 200), (20, 200, 10), (220, 180, 40)
ONE = "a" * 64
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 8, 8) + bytes(9)
WIDTH, HEIGHT = 256, 64
WIDTHS: tuple[int, ...] = (
    120,
    68,
    42,
    24,
)  # of boxes side by side, each told from the others by its size
TURNED = (42, 24, 120, 68)
COLORS: dict[int, tuple[int, int, int]] = dict(zip(WIDTHS, (RED, BLUE, GREEN, GOLD), strict=True))


def boxes(order: tuple[int, ...] = WIDTHS) -> bytes:
    """Boxes of these widths side by side, with lines between them: GRAY8 of WIDTH x HEIGHT."""
    edges, x = {0, WIDTH - 1}, 0
    for width in order:
        x += width
        edges |= {x, x + 1}
    row = bytes(0 if x in edges else 255 for x in range(WIDTH))
    return bytes(WIDTH) + row * (HEIGHT - 2) + bytes(WIDTH)


def middle(order: tuple[int, ...], width: int) -> tuple[int, int]:
    """A point in the box of this width."""
    return sum(order[: order.index(width)]) + width // 2, HEIGHT // 2


def page(title: str = "one", *colors: Any, segmenter: str = ONE, **fields: Any) -> CastPage:
    """A page with a piece for each colour; None: it stays blank."""
    count = len(colors) or 1
    shown = [(*color, 255) if color else (0, 0, 0, 0) for color in colors or (RED,)]
    made = CastPage(
        title=title,
        source="",
        number=1,
        lines="",
        size=(100, 50),
        gap=None,
        ink=None,
        segmenter=segmenter,
        width=2,
        tokens=bytes(range(4)) * count,
        colors=b"".join(bytes(color) for color in shown),
        shares=struct.pack(f"<{count}f", *(0.25 / (1 + place) for place in range(count))),
        points=struct.pack(f"<{2 * count}i", *range(2 * count)),
    )
    return replace(made, **fields)
