"""Pixels that stand for a region when a plug-in asks what the picture shows there. Pure."""

from __future__ import annotations

from gp_client.types import Mask

PROBES = 5


def probes(mask: Mask) -> tuple[tuple[int, int], ...]:
    """Return up to PROBES (x, y) of the canvas well inside a region, one where it has a pixel.

    Each is the middle of the longest run of one row, so that a soft edge does not matter.
    """
    x, y, width, height = mask.bbox
    found = []
    for part in range(PROBES):
        row = (2 * part + 1) * height // (2 * PROBES)
        line = mask.data[row * width : (row + 1) * width]
        run = max(line.split(b"\0"), key=len)
        if run:
            found.append((x + line.find(run) + len(run) // 2, y + row))
    first = mask.data.find(b"\xff")
    if not found and first >= 0:
        found.append((x + first % width, y + first // width))
    return tuple(dict.fromkeys(found))
