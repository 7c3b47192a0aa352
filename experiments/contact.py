"""The pieces of many drawings on one sheet: `python -m experiments.contact FILE ...`.

To be looked at: figures miss what an eye sees. Each piece has a colour of its own, ink is black,
seams across gaps are red circles. A zip archive stands for as many of its SVG drawings as `--each`
says, as outlines: white within.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from gp_canvas.lines.ink import read_line_art
from gp_canvas.lines.pieces import find_pieces
from gp_cli.files import pictures
from numpy.typing import NDArray

from experiments.drawings import archived

_TILE = 420  # pixels, the longer side
_COLUMNS = 6
_CAPTION = 22


def main() -> None:
    """Read the options and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="pictures, or a zip archive of SVGs")
    parser.add_argument("--each", type=int, default=11, help="drawings of an archive")
    parser.add_argument("--gap", type=float, help="canvas pixels")
    parser.add_argument("-o", "--out", type=Path, default=Path("out/contact.png"))
    options = parser.parse_args()
    tiles = []
    for path in options.files:
        for name, gray in _drawings(path, options.each):
            tiles.append(_tile(name, gray, options.gap))
    rows = [_row(tiles[at : at + _COLUMNS]) for at in range(0, len(tiles), _COLUMNS)]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(options.out), np.vstack(rows))


def _drawings(path: Path, each: int) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    if path.suffix != ".zip":
        picture = pictures.read(path)
        yield path.stem, read_line_art(picture.pixels, picture.format)
        return
    for drawing in archived(path, each):
        yield drawing.name, drawing.gray


def _tile(name: str, gray: NDArray[np.uint8], gap: float | None) -> NDArray[np.uint8]:
    """One drawing's pieces under a caption, uint8 [_TILE + _CAPTION, _TILE, 3] BGR."""
    pieces = find_pieces(gray, gap)
    colors = np.random.default_rng(1).integers(110, 250, (pieces.count, 3)).astype(np.uint8)
    picture = colors[pieces.labels]
    picture[pieces.ink] = 0
    scale = _TILE / max(gray.shape)
    size = [max(1, round(side * scale)) for side in gray.shape[::-1]]
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    for top, left, bottom, right in (pieces.seams * scale).tolist():
        middle = round((left + right) / 2), round((top + bottom) / 2)
        cv2.circle(small, middle, 7, (0, 0, 255), 2, cv2.LINE_AA)
    tile = np.full((_TILE + _CAPTION, _TILE, 3), 255, np.uint8)
    tile[_CAPTION : _CAPTION + len(small), : small.shape[1]] = small
    text = f"{name}: {pieces.count}"
    cv2.putText(tile, text, (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


def _row(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    blank = np.full_like(tiles[0], 255)
    return np.hstack(tiles + [blank] * (_COLUMNS - len(tiles)))


if __name__ == "__main__":
    main()
