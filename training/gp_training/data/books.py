"""Pages of real works: coloured pictures whose line art is computed, several ways each.

A work (a story, a book) shows the same figures in scene after scene. Works are split, never
pictures: what is measured is a story that no training saw.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from numpy.typing import NDArray
from PIL import Image

from gp_training.data.render import dark_strokes
from gp_training.data.sketch import break_lines, random_xdog, vary_lines, xdog
from gp_training.data.sources import cache_folder
from gp_training.data.truth import SIDE, page_of, save_page

STYLES = 7  # line styles of each training picture
# Of these: a part enlarged; lines with wide gaps; outlines of colours, once of a part enlarged.
_CLOSER, _OPEN, _OUTLINED, _OUTLINED_CLOSER = 3, 4, 5, 6
_MULTIPLE = 32
_VALIDATION, _TEST = 0.10, 0.12  # shares of the works of a source
_LEAST_PIECES = 4
_COLUMNS = {"file", "work", "licence", "author"}
_WANTED = "It names file, work, source, licence and author of each picture, see docs/data.md."

CREDITS = {
    "asp": "African Storybook pictures, CC-BY-4.0 (github.com/global-asp/asp-imagebank)",
    "bookdash": "Book Dash picture books, CC-BY-4.0 (github.com/bookdash/bookdash-books)",
    "books": "coloured picture books of 1848 to 1911, public domain in the USA (GITenberg)",
    "cast": "pages composed of the figures listed under Data",
}


def pages_folder() -> Path:
    """Where pages lie inside the cache folder, a folder a split."""
    return cache_folder() / "pages"


def described(train: Path) -> list[str]:
    """What a folder of training pages holds, a line a source, with credits."""
    works: dict[str, set[str]] = {}
    pictures: dict[str, set[str]] = {}
    for file in train.glob("*/*/*.npz"):
        source, work = file.parts[-3], file.parts[-2]
        name = source.split("-")[0]
        works.setdefault(name, set()).add(f"{source}/{work}")
        pictures.setdefault(name, set()).add(f"{source}/{work}/{file.stem.rpartition('-')[0]}")
    return [
        f"{CREDITS.get(name, name)}: {len(pictures[name])} pictures of {len(works[name])} works"
        for name in sorted(works)
    ]


@dataclass(frozen=True)
class Picture:
    """A coloured picture of a work.

    Attributes:
        file: where it lies.
        source, work: what it is of; together they name the work.
        licence, author: for the card.
        split: "train", "validation" or "test".
    """

    file: Path
    source: str
    work: str
    licence: str
    author: str
    split: str


def split_of_work(source: str, work: str) -> str:
    """The split of a work: 78 : 10 : 12 by the first four bytes of sha256 of "source/work"."""
    digest = hashlib.sha256(f"{source}/{work}".encode()).digest()
    place = int.from_bytes(digest[:4], "big") / 2**32
    if place < _TEST:
        return "test"
    return "validation" if place < _TEST + _VALIDATION else "train"


def pictures_of(folder: Path) -> list[Picture]:
    """The pictures of a folder with a `manifest.csv` (file, work, source, licence, author).

    A source of a single work is trained on: split by itself, it would be all or nothing.

    Raises:
        GuidingPainterError: there is no manifest, or it lacks a column.
    """
    manifest = folder / "manifest.csv"
    try:
        with manifest.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GuidingPainterError(
            BAD_REQUEST, f"{manifest} cannot be read ({error}).", _WANTED
        ) from error
    if not rows or not set(rows[0]) >= _COLUMNS:
        raise GuidingPainterError(BAD_REQUEST, f"{manifest} lacks a column or all rows.", _WANTED)
    works: dict[str, set[str]] = {}
    for row in rows:
        works.setdefault(row["file"].split("/")[0], set()).add(row["work"])
    found = []
    for row in rows:
        source = row["file"].split("/")[0]
        if not row["file"].endswith((".webp", ".png", ".jpg")):
            continue
        split = split_of_work(source, row["work"]) if len(works[source]) > 1 else "train"
        found.append(
            Picture(folder / row["file"], source, row["work"], row["licence"], row["author"], split)
        )
    return found


def read_scaled(file: Path, side: int = SIDE) -> NDArray[np.uint8]:
    """A picture `side` pixels long, both sides multiples of 32; uint8 [H, W, 3]."""
    with Image.open(file) as opened:
        image = opened.convert("RGB")
    scale = side / max(image.size)
    width, height = (
        max(2 * _MULTIPLE, int(length * scale) // _MULTIPLE * _MULTIPLE) for length in image.size
    )
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))


def computed_lines(rgb: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Line art of a coloured picture: its dark strokes, mostly with XDoG's edges; uint8 [H, W]."""
    strokes = dark_strokes(rgb)
    return np.minimum(xdog(rgb, random_xdog(rng)), strokes) if rng.random() < 0.7 else strokes


def outlines(rgb: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Line art along the borders between colours, and the dark strokes; uint8 [H, W].

    Where a painter left no outline, XDoG leaves little; a person who draws it would close it.
    """
    smooth = cv2.bilateralFilter(rgb, 5, 40, 5)
    smooth = cv2.GaussianBlur(smooth, (0, 0), float(rng.uniform(0.8, 1.6)))
    slopes = [cv2.Sobel(smooth, cv2.CV_16S, x, 1 - x) for x in (1, 0)]
    low = float(rng.uniform(25, 60))
    edges = cv2.Canny(slopes[0], slopes[1], low, low * float(rng.uniform(1.5, 3)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(edges, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < int(rng.integers(10, 30))
    small[0] = False
    edges[small[np.asarray(labels, np.intp)]] = 0
    pen = int(rng.integers(1, 4))
    lines = 255 - cv2.dilate(edges, np.ones((pen, pen), np.uint8))
    return np.minimum(dark_strokes(rgb), np.asarray(lines, np.uint8))


def _closer(rgb: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A part of a picture, enlarged to the picture's size, as a panel would show it."""
    height, width = rgb.shape[:2]
    scale = rng.uniform(0.5, 0.85)
    rows, columns = int(height * scale), int(width * scale)
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    part = rgb[top : top + rows, left : left + columns]
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def build_pages(pictures: list[Picture], target: Path, seed: int = 0) -> Iterator[Path]:
    """Writes the pages of pictures, `target/SPLIT/SOURCE/WORK/NAME-STYLE.npz`; can be repeated.

    Training pictures are drawn in `STYLES` ways: two of them closer, one with gaps that no hand
    leaves by accident, two along the borders between colours, some with the faults of pens and
    scanners. Those that are measured on are drawn in one way, clean.
    """
    for picture in pictures:
        train = picture.split == "train"
        for style in range(STYLES if train else 1):
            folder = target / picture.split / picture.source / picture.work
            file = folder / f"{picture.file.stem}-{style}.npz"
            if file.is_file():
                continue
            digest = hashlib.sha256(f"{seed}/{picture.file.name}/{style}".encode()).digest()
            rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
            rgb = read_scaled(picture.file)
            if train and style in (_CLOSER, _OUTLINED_CLOSER):
                rgb = _closer(rgb, rng)
            drawn = outlines if style in (_OUTLINED, _OUTLINED_CLOSER) else computed_lines
            gray = drawn(rgb, rng)
            if train and style in (1, 3):
                gray = vary_lines(gray, rng)
            if train and style == _OPEN:
                gray = break_lines(gray, rng, int(rng.integers(5, 40)), int(rng.integers(3, 8)))
            page = page_of(gray, rgb, natural=True)
            if page.count >= _LEAST_PIECES:
                save_page(file, page)
                yield file
