"""Pages with their truth: line art, pieces as the daemon finds them, and each piece's colour."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from gp_canvas.lines.pieces import find_pieces
from gp_client import files
from numpy.typing import NDArray

SIDE = 448  # pixels of a page's long side
NEAR = 24  # of 255, in every channel: colours closer than this are one colour
LEAST = 14  # pixels of paper of the smallest piece that is decided over
MOST = 1024  # pieces of a page
_PAPER = 200  # luminance over which a pixel shows its colour and no ink


class Pieces(Protocol):
    """What is known of pieces, with or without their page: see `Page`."""

    @property
    def colors(self) -> NDArray[np.uint8]:
        """uint8 [n, 3]."""
        ...

    @property
    def sizes(self) -> NDArray[np.int32]:
        """int32 [n]."""
        ...

    @property
    def flats(self) -> NDArray[np.float32]:
        """float32 [n]."""
        ...


def clarity(page: Pieces) -> float:
    """Share of the paper that has its piece's colour, 0..1: whether lines part colours."""
    return float((page.sizes * page.flats).sum() / max(int(page.sizes.sum()), 1))


@dataclass(frozen=True)
class Page:
    """A page whose colours are known.

    Attributes:
        gray: uint8 [H, W], the line art, 255 = paper.
        labels: int16 [H, W], 0..n-1; -1 where a piece is too small to be decided over.
        colors: uint8 [n, 3], the median colour of each piece's paper.
        sizes: int32 [n], pixels of paper.
        flats: float32 [n], share of that paper within `NEAR` of the colour.
        natural: its colours are the artist's own: skin is skin, leaves are leaves.
    """

    gray: NDArray[np.uint8]
    labels: NDArray[np.int16]
    colors: NDArray[np.uint8]
    sizes: NDArray[np.int32]
    flats: NDArray[np.float32]
    natural: bool

    @property
    def count(self) -> int:
        return len(self.sizes)


def kind_of(file: Path) -> str:
    """Where a page of a folder SOURCE/WORK comes from: "real", or "composed" by us."""
    return "composed" if file.parts[-3] == "cast" else "real"


def same_color(colors: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which colours are one colour: uint8 [n, 3] and [m, 3] to bool [n, m]."""
    apart = np.abs(colors.astype(np.int16)[:, None] - others.astype(np.int16)[None])
    return apart.max(-1) < NEAR


def page_of(gray: NDArray[np.uint8], rgb: NDArray[np.uint8], natural: bool) -> Page:
    """Finds a page's pieces and what colour each has.

    Args:
        gray: uint8 [H, W], line art.
        rgb: uint8 [H, W, 3], the same picture in colour.
        natural: see `Page`.
    """
    labels = find_pieces(gray).labels
    return with_truth(gray, labels, rgb, natural)


def with_truth(
    gray: NDArray[np.uint8], labels: NDArray[np.int32], rgb: NDArray[np.uint8], natural: bool
) -> Page:
    """The page of these pieces, int32 [H, W] from 0 on; those that are too small become -1."""
    flat_labels, colors = labels.ravel(), rgb.reshape(-1, 3)
    count = int(flat_labels.max()) + 1
    paper = gray.ravel() > _PAPER
    sizes = np.bincount(flat_labels[paper], minlength=count)
    kept = np.flatnonzero(sizes >= LEAST)
    if len(kept) > MOST:
        kept = np.sort(kept[np.argsort(-sizes[kept], kind="stable")[:MOST]])
    order = np.argsort(flat_labels[paper], kind="stable")
    colors = colors[paper][order]
    ends = np.cumsum(sizes)
    medians = np.zeros((len(kept), 3), np.uint8)
    flats = np.zeros(len(kept), np.float32)
    for place, piece in enumerate(kept):
        own = colors[ends[piece] - sizes[piece] : ends[piece]]
        medians[place] = np.median(own, axis=0)
        apart = np.abs(own.astype(np.int16) - medians[place].astype(np.int16)).max(1)
        flats[place] = (apart < NEAR).mean()
    table = np.full(count, -1, np.int16)
    table[kept] = np.arange(len(kept))
    return Page(gray, table[labels], medians, sizes[kept].astype(np.int32), flats, natural)


def save_page(file: Path, page: Page) -> None:
    """Writes a page; the file is there whole or not at all."""
    files.make_folder(file.parent)
    with files.atomic(file) as stream:
        np.savez_compressed(
            stream, gray=page.gray, labels=page.labels, colors=page.colors, sizes=page.sizes,
            flats=page.flats, natural=np.bool_(page.natural),
        )  # fmt: skip


def load_page(file: Path) -> Page:
    """Reads what `save_page` wrote."""
    with np.load(file, allow_pickle=False) as stored:
        return Page(
            stored["gray"], stored["labels"], stored["colors"], stored["sizes"], stored["flats"],
            bool(stored["natural"]),
        )  # fmt: skip
