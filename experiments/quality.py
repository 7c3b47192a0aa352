"""How well pieces fit known flats: `python -m experiments.quality ARCHIVE.zip [--each 200]`.

The archive holds drawings as SVG, with fills and lines. Each is drawn twice: in its colours, which
are the truth, and with white fills, which is what pieces are found in. Right is a pixel beside the
ink that has, within 24 of 255, the colour that most of its piece has.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

import numpy as np
from gp_canvas.lines.areas import find_areas
from gp_canvas.lines.pieces import find_pieces
from numpy.typing import NDArray

from experiments.drawings import archived

_RIGHT = 24


def main() -> None:
    """Read the options and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--each", type=int, default=200, help="drawings")
    options = parser.parse_args()
    shares: dict[str, list[float]] = {"one area": [], "areas": [], "pieces": []}
    counts: list[int] = []
    seams = 0
    for drawing in archived(options.archive, options.each):
        pieces = find_pieces(drawing.gray)
        areas = find_areas(drawing.gray)
        whole = np.zeros_like(pieces.labels)
        for name, labels in zip(shares, (whole, areas.labels, pieces.labels), strict=True):
            shares[name].append(right(labels, drawing.colors, ~pieces.ink))
        counts.append(pieces.count)
        seams += len(pieces.seams)
    print(f"{len(counts)} drawings, {statistics.median(counts):g} pieces (median), {seams} seams\n")
    print("| | right, mean | drawings with over 99 % right |\n|---|---|---|")
    for name, found in shares.items():
        good = sum(share > 0.99 for share in found)
        print(f"| {name} | {statistics.fmean(found):.1%} | {good} |")


def right(labels: NDArray[np.int32], colors: NDArray[np.uint8], paper: NDArray[np.bool_]) -> float:
    """The share of paper that has the colour of most of its piece."""
    codes = colors.astype(np.int64) @ np.array([65536, 256, 1])
    keys, pixels = np.unique(
        labels[paper].astype(np.int64) << 24 | codes[paper], return_counts=True
    )
    order = np.argsort(pixels, kind="stable")
    most = np.zeros((int(labels.max()) + 1, 3), np.int16)
    found = keys[order] & 0xFFFFFF
    most[keys[order] >> 24] = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1)
    apart = np.abs(most[labels[paper]] - colors[paper].astype(np.int16)).max(axis=1)
    return float((apart <= _RIGHT).mean())


if __name__ == "__main__":
    main()
