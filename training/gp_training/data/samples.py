"""Pages to learn colours from: picture, line art and pieces as a bundle sees them on its grid.

The pieces are found at the size at which pages are opened and brought to the grid by the daemon's
own code, once; while training a sample is only cropped and mirrored. A sample says whether its
colours are the artist's own: from those g learns what is usual, from others only to obey.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from gp_canvas.lines.on_grid import on_grid
from gp_canvas.lines.pieces import find_pieces
from gp_canvas.lines.raster import to_grid
from gp_client import files
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from gp_training.data.books import Picture, computed_lines, outlines, read_scaled
from gp_training.data.cast import CastComposer
from gp_training.data.recolor import random_color
from gp_training.data.sketch import vary_lines
from gp_training.data.sources import cache_folder
from gp_training.data.truth import clarity, with_truth

GRID = 256  # long side of a sample
STYLES = ("clean", "varied", "outlines")  # line art of a training picture
_COMPOSED = "cast"
_SHARE_COMPOSED = 0.15  # of what is trained on, where there are composed pages
_RECOLORED = 0.2  # of what is trained on: other colours than the artist's
_LEAST_PIECES = 4
_CLEAR = 0.35  # clarity of a page worth learning from
_SCALES = (0.7, 1.0)  # of a crop's side, of the shorter side of its page


def samples_folder() -> Path:
    """Where samples lie inside the cache folder, a folder a split."""
    return cache_folder() / "samples"


@dataclass(frozen=True)
class Sample:
    """A page on the grid.

    Attributes:
        rgb: uint8 [H, W, 3].
        line: uint8 [H, W], 255 = paper.
        pieces: uint16 [H, W], from 0 on.
        natural: its colours are the artist's own.
    """

    rgb: NDArray[np.uint8]
    line: NDArray[np.uint8]
    pieces: NDArray[np.uint16]
    natural: bool


def sample_of(rgb: NDArray[np.uint8], gray: NDArray[np.uint8], natural: bool) -> Sample:
    """A page as a bundle sees it.

    Args:
        rgb: uint8 [H, W, 3].
        gray: uint8 [H, W], its line art, 255 = paper.
        natural: see `Sample`.
    """
    sketch, grid = to_grid(np.ascontiguousarray(gray), GRID, 1)
    height, width = grid.content
    pieces = on_grid(find_pieces(np.ascontiguousarray(gray)), grid).filled
    line = np.round(grid.crop(sketch) * 255).astype(np.uint8)
    small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    return Sample(np.asarray(small, np.uint8), line, pieces.astype(np.uint16), natural)


def save_sample(file: Path, sample: Sample) -> None:
    """Writes a sample, not compressed; the file is there whole or not at all."""
    files.make_folder(file.parent)
    with files.atomic(file) as stream:
        np.savez(
            stream, rgb=sample.rgb, line=sample.line, pieces=sample.pieces,
            natural=np.bool_(sample.natural),
        )  # fmt: skip


def load_sample(file: Path) -> Sample:
    """Reads what `save_sample` wrote."""
    with np.load(file, allow_pickle=False) as stored:
        return Sample(
            stored["rgb"], stored["line"], stored["pieces"], bool(stored["natural"])
        )  # fmt: skip


def build_samples(
    pictures: list[Picture], target: Path, styles: tuple[str, ...] = STYLES
) -> Iterator[Path]:
    """Writes samples of real pictures, `target/SPLIT/SOURCE/WORK/NAME-STYLE.npz`; can be repeated.

    Style by style, so that a run can begin when the first is done. Those that are not trained on
    are drawn in one way, clean.
    """
    for style in styles:
        for picture in pictures:
            if picture.split != "train" and style != STYLES[0]:
                continue
            folder = target / picture.split / picture.source / picture.work
            file = folder / f"{picture.file.stem}-{style}.npz"
            if file.is_file():
                continue
            rng = _generator(f"{picture.source}/{picture.file.name}/{style}")
            rgb = read_scaled(picture.file)
            drawn = outlines if style == "outlines" else computed_lines
            gray = drawn(rgb, rng)
            if style == "varied":
                gray = vary_lines(gray, rng)
            sample = sample_of(rgb, gray, natural=True)
            if worth_learning(sample):
                save_sample(file, sample)
                yield file


def worth_learning(sample: Sample) -> bool:
    """Whether its lines part its colours: on a page that is one piece there is mud to learn."""
    page = with_truth(sample.line, sample.pieces.astype(np.int32), sample.rgb, sample.natural)
    return page.count >= _LEAST_PIECES and clarity(page) >= _CLEAR


def build_composed(
    composer: CastComposer, split: str, count: int, target: Path, first: int = 0
) -> Iterator[Path]:
    """Writes composed pages in natural colours, `target/SPLIT/cast/NUMBER/page-clean.npz`.

    Each depends on split and number alone, so building can be repeated and goes on.
    """
    for number in range(first, first + count):
        file = target / split / _COMPOSED / f"{number:05d}" / "page-clean.npz"
        if file.is_file():
            continue
        rng = _generator(f"natural/{split}/{number}")
        composer.start(rng)
        while not composer.natural:
            composer.start(rng)
        scene = composer.page(rng)
        gray = np.clip(np.round(scene.sketch), 0, 255).astype(np.uint8)
        if split == "train" and rng.random() < 0.5:
            gray = vary_lines(gray, rng)
        rgb = np.clip(np.round(scene.rgb), 0, 255).astype(np.uint8)
        sample = sample_of(rgb, gray, natural=True)
        if worth_learning(sample):
            save_sample(file, sample)
            yield file


def _generator(name: str) -> np.random.Generator:
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


class SampleFolder(Dataset):
    """Square training pairs from samples; item i depends on the seed and i alone.

    A work of many pictures is drawn more often than one of few, but not in proportion.

    Args:
        root: `SOURCE/WORK/*.npz` of one split.
        side: pixels.
        seed: of the draws.

    Raises:
        GuidingPainterError: there are none.
    """

    def __init__(self, root: Path, side: int, seed: int) -> None:
        works: dict[tuple[str, str], list[Path]] = {}
        for file in sorted(root.glob("*/*/*.npz")):
            works.setdefault((file.parts[-3], file.parts[-2]), []).append(file)
        if not works:
            raise GuidingPainterError(
                BAD_REQUEST, f"{root} holds no samples.", "Build them first, see docs/data.md."
            )
        self.works = list(works.values())
        composed = np.array([source == _COMPOSED for source, _ in works])
        weights = np.array([len(files) ** 0.7 for files in self.works])
        if composed.any() and not composed.all():
            weights[composed] *= _SHARE_COMPOSED / weights[composed].sum()
            weights[~composed] *= (1 - _SHARE_COMPOSED) / weights[~composed].sum()
        self.weights = weights / weights.sum()
        self.side, self.seed = side, seed

    def __len__(self) -> int:
        return sum(map(len, self.works))

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Sketch [1, S, S] and picture [3, S, S] in [-1, 1], pieces int64 [S, S], natural."""
        rng = np.random.default_rng([self.seed, index])
        work = self.works[int(rng.choice(len(self.works), p=self.weights))]
        sample = varied(load_sample(work[int(rng.integers(len(work)))]), self.side, rng)
        picture = sample.rgb.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
        return (
            torch.from_numpy(sample.line.astype(np.float32) / 127.5 - 1)[None],
            torch.from_numpy(picture),
            torch.from_numpy(sample.pieces.astype(np.int64)),
            torch.tensor(sample.natural),
        )


def varied(sample: Sample, side: int, rng: np.random.Generator) -> Sample:
    """A square part of a sample at a size, mirrored at times, at times in other colours."""
    rgb, line, pieces, natural = sample.rgb, sample.line, sample.pieces, sample.natural
    short = min(line.shape)
    size = min(short, max(int(short * rng.uniform(*_SCALES)), min(side, short)))
    top, left = (int(rng.integers(length - size + 1)) for length in line.shape)
    box = np.s_[top : top + size, left : left + size]
    rgb, line, pieces = rgb[box], line[box], pieces[box]
    if rng.random() < 0.5:
        rgb, line, pieces = rgb[:, ::-1], line[:, ::-1], pieces[:, ::-1]
    if size != side:
        how = cv2.INTER_AREA if size > side else cv2.INTER_LINEAR
        rgb = cv2.resize(np.ascontiguousarray(rgb), (side, side), interpolation=how)
        line = cv2.resize(np.ascontiguousarray(line), (side, side), interpolation=how)
        pieces = cv2.resize(
            np.ascontiguousarray(pieces), (side, side), interpolation=cv2.INTER_NEAREST
        )
    rgb, line = np.asarray(rgb, np.uint8), np.asarray(line, np.uint8)
    pieces = np.unique(pieces, return_inverse=True)[1].reshape(side, side).astype(np.uint16)
    if rng.random() < _RECOLORED:
        rgb, natural = repainted(rgb, pieces, rng), False
    return Sample(np.ascontiguousarray(rgb), np.ascontiguousarray(line), pieces, natural)


def repainted(
    rgb: NDArray[np.uint8], pieces: NDArray[np.uint16], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The picture with another colour in each of its colours' pieces; light and shade stay.

    Pieces of like colour stay alike, so that a hint still tells of more than its own piece.
    """
    count, flat = int(pieces.max()) + 1, pieces.ravel()
    pixels = rgb.reshape(-1, 3).astype(np.float32)
    sizes = np.maximum(np.bincount(flat, minlength=count), 1)[:, None]
    means = np.stack([np.bincount(flat, pixels[:, c], count) for c in range(3)], 1) / sizes
    _, alike = np.unique((means / 40).astype(np.int32), axis=0, return_inverse=True)
    alike = alike.ravel()
    fresh = np.stack([random_color(rng) for _ in range(int(alike.max()) + 1)])[alike]
    white = (means.min(1) > 235) & (rng.random() < 0.5)
    fresh[white] = means[white]
    moved = fresh[flat] + 0.7 * (pixels - means[flat].astype(np.float32))
    return np.clip(moved, 0, 255).astype(np.uint8).reshape(rgb.shape)
