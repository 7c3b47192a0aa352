"""A user's own pictures: `color/` and, where there is line art of them, `line/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from gp_canvas.lines.ink import read_line_art
from gp_canvas.lines.raster import to_grid
from gp_client import files
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from numpy.typing import NDArray
from rich.progress import track

from gp_training.data.duplicates import split_of
from gp_training.data.render import SIDE, computed_line, read_rgba
from gp_training.data.sources import Figure
from gp_training.data.store import PAIRS

_KINDS = {".png", ".jpg", ".jpeg", ".webp", ".svg"}
# Lines are computed at this long side: at 4000 px XDoG would draw the grain of the paper.
_LONG_SIDE = 1024
_CROP_SHARES = (0.35, 1.0)  # of a page's short side
_MOST_CROPS = 12
_HELD_OUT = 6  # one square in so many, where no picture falls to validation
_HINT = "Free some disk, or set GUIDINGPAINTER_CACHE to another folder."


@dataclass(frozen=True)
class Pair:
    """A coloured picture and its line art, if there is one.

    Attributes:
        stem: path under `color`, without the ending.
        color: the picture.
        line: the line art, of the same shape, or None.
    """

    stem: str
    color: Path
    line: Path | None


class PairFolder:
    """The pairs of a folder: `color/NAME.png` and `line/NAME.png`, sub-folders allowed.

    Args:
        path: the folder that has `color`.

    Raises:
        GuidingPainterError: there is no `color`, or nothing in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.name = self.name_of(path)
        lines = _listing(self.path / "line")
        self.pairs = [
            Pair(stem, color, lines.get(stem))
            for stem, color in sorted(_listing(self.path / "color").items())
        ]
        if not self.pairs:
            raise GuidingPainterError(
                BAD_REQUEST,
                f"{path} has no pictures in a sub-folder called color.",
                "Put coloured pictures (PNG, JPEG, WebP, SVG) into color/ and, where you have it, "
                "line art of the same name into line/.",
            )

    @staticmethod
    def name_of(path: Path) -> str:
        """What a folder is called in the store; letters and digits keep it portable."""
        name = re.sub(r"[^a-z0-9]+", "-", path.resolve().name.lower()).strip("-")
        return PAIRS + (name or "own")

    def figures(self) -> Iterator[Figure]:
        """The pictures as the store takes them: whole ones as grounds, cut-out ones as figures."""
        for pair in self.pairs:
            yield Figure(self.name, pair.stem, pair.color, pair.line)

    def split(self, split: str) -> list[Pair]:
        """The pairs of "train", "validation" or "test"; the same as in the store."""
        return [pair for pair in self.pairs if split_of(f"{self.name}/{pair.stem}") == split]


def _listing(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in _KINDS
    }


def read_pair(pair: Pair) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A pair at up to 1024 px, on white.

    Returns:
        Picture uint8 [H, W, 3] and line art uint8 [H, W], 255 = paper; drawn by XDoG where there is
        none. White lines on black, or on transparency, are turned over, as the engine does.

    Raises:
        GuidingPainterError: a file cannot be read, or the two are of different shapes.
    """
    rgba = _read(pair.color)
    scale = min(1.0, _LONG_SIDE / max(rgba.shape[:2]))
    size = (max(1, round(rgba.shape[1] * scale)), max(1, round(rgba.shape[0] * scale)))
    cover = rgba[..., 3:].astype(np.float32) / 255
    on_white = (rgba[..., :3] * cover + 255 * (1 - cover)).astype(np.uint8)
    rgb = np.asarray(cv2.resize(on_white, size, interpolation=cv2.INTER_AREA), np.uint8)
    if pair.line is None:
        return rgb, computed_line(np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]), False)
    drawn = _read(pair.line)
    ratio = drawn.shape[0] * rgba.shape[1] / (drawn.shape[1] * rgba.shape[0])
    if not 0.99 < ratio < 1.01:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{pair.color} and {pair.line} are of different shapes.",
            "Export both from the same canvas.",
        )
    gray = read_line_art(drawn, "RGBA8")
    return rgb, np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def _read(path: Path) -> NDArray[np.uint8]:
    rgba = read_rgba(path)
    if rgba is None:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{path} could not be read.",
            "Save it as an 8-bit PNG, or take it out of the folder.",
        )
    return rgba


def crops(pair: Pair, rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """The whole picture, with paper about it, and square parts of it, more of larger ones.

    Yields:
        uint8 [SIDE, SIDE, 4], R G B and sketch, as scenes are packed.
    """
    rgb, line = read_pair(pair)
    height, width = line.shape
    long = max(height, width)
    below, right = long - height, long - width
    yield _packed(
        cv2.copyMakeBorder(rgb, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(255, 255, 255)),
        cv2.copyMakeBorder(line, 0, below, 0, right, cv2.BORDER_CONSTANT, value=255),
    )
    short = min(height, width)
    for _ in range(min(_MOST_CROPS, height * width // SIDE**2)):
        side = max(min(short, SIDE // 2), int(short * rng.uniform(*_CROP_SHARES)))
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        part = (slice(top, top + side), slice(left, left + side))
        if (line[part] < 128).any():
            yield _packed(rgb[part], line[part])


def _packed(rgb: np.ndarray, line: np.ndarray) -> NDArray[np.uint8]:
    picture = cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    sketch, _ = to_grid(np.ascontiguousarray(line, np.uint8), SIDE, 1)
    return np.dstack([picture, np.round(sketch * 255)]).astype(np.uint8)


def build_pair_pack(folder: PairFolder, split: str, target: Path, seed: int = 0) -> int:
    """Packs the pairs of a split for straight training, beside composed scenes.

    Where no picture falls to validation, some squares of those to train on are held out for it.
    They overlap others, so that they tell less than pictures that nobody saw.

    Args:
        folder: the pairs.
        split: "train", "validation" or "test".
        target: file to write, uint8 [n, SIDE, SIDE, 4]; removed where there is nothing for it.
        seed: of the crops.

    Returns:
        n.

    Raises:
        GuidingPainterError: a picture cannot be read, or the file cannot be written.
    """
    pairs = folder.split(split)
    few = not folder.split("validation")
    if few and split == "validation":
        pairs = folder.split("train")
    count = 0
    files.make_folder(target.parent)
    with files.atomic(target, _HINT) as file:
        for index, pair in enumerate(track(pairs, f"pack {target.stem}")):
            for number, crop in enumerate(crops(pair, np.random.default_rng([seed, index]))):
                held_out = few and number % _HELD_OUT == _HELD_OUT - 1
                if not few or split == "test" or held_out == (split == "validation"):
                    file.write(crop.tobytes())
                    count += 1
    if not count:
        target.unlink()  # nor may one stay that was made of other pictures
    return count
