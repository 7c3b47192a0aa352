"""Pages as f leaves them: a token and a true colour for each piece, and no picture."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from gp_client import files
from numpy.typing import NDArray

from gp_training.data.truth import Page, same_color

MOST = 300  # pieces of a page


@dataclass(frozen=True)
class TokenPage:
    """What a matcher learns from of one page.

    Attributes:
        tokens: float32 [n, D], of f.
        colors: uint8 [n, 3].
        sizes: int32 [n], pixels of paper.
        flats: float32 [n], see `Page`.
        place: float32 [n, 2], the middle of each piece in shares of the long side, -1..1.
    """

    tokens: NDArray[np.float32]
    colors: NDArray[np.uint8]
    sizes: NDArray[np.int32]
    flats: NDArray[np.float32]
    place: NDArray[np.float32]

    @property
    def count(self) -> int:
        """n."""
        return len(self.sizes)

    def chosen(self, pieces: NDArray[np.integer]) -> TokenPage:
        """The same of some pieces."""
        return TokenPage(
            self.tokens[pieces], self.colors[pieces], self.sizes[pieces], self.flats[pieces],
            self.place[pieces],
        )  # fmt: skip

    def painted(self, colors: NDArray[np.uint8]) -> TokenPage:
        """The same in other colours."""
        return replace(self, colors=colors)


def token_page(page: Page, tokens: NDArray[np.float32], shape: NDArray[np.float32]) -> TokenPage:
    """A page and what f made of it; shape [n, F] of `gp_canvas.regions.relations`."""
    return TokenPage(tokens, page.colors, page.sizes, page.flats, shape[:, 9:11])


def joined(pages: list[TokenPage]) -> TokenPage:
    """Several pages as one: a cast."""
    fields = ("tokens", "colors", "sizes", "flats", "place")
    return TokenPage(*(np.concatenate([getattr(one, name) for one in pages]) for name in fields))


def save_tokens(file: Path, page: TokenPage) -> None:
    """Writes a page; the file is there whole or not at all."""
    files.make_folder(file.parent)
    with files.atomic(file) as stream:
        np.savez(
            stream, tokens=page.tokens.astype(np.float16), colors=page.colors, sizes=page.sizes,
            flats=page.flats, place=page.place,
        )  # fmt: skip


def load_tokens(file: Path) -> TokenPage:
    """Reads what `save_tokens` wrote."""
    with np.load(file, allow_pickle=False) as stored:
        return TokenPage(
            stored["tokens"].astype(np.float32), stored["colors"], stored["sizes"],
            stored["flats"], stored["place"],
        )  # fmt: skip


def works_of(folder: Path) -> dict[tuple[str, str], dict[str, list[Path]]]:
    """The pictures of each work that has several: (SOURCE, WORK) to name to its drawings."""
    found: dict[tuple[str, str], dict[str, list[Path]]] = {}
    for file in sorted(folder.glob("*/*/*.npz")):
        work = found.setdefault((file.parts[-3], file.parts[-2]), {})
        work.setdefault(re.sub(r"-\d+$", "", file.stem), []).append(file)
    return {key: work for key, work in found.items() if len(work) > 1}


def draws_of(file: Path, seed: int = 0) -> np.random.Generator:
    """Random numbers that belong to a file of pages, wherever its folder lies."""
    return np.random.default_rng(zlib.crc32(f"{seed}/{'/'.join(file.parts[-4:])}".encode()))


def color_classes(
    colors: NDArray[np.uint8], sizes: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """The distinct colours of pieces: the one with most paper first, with all that is near it.

    Returns:
        The class of each piece, int64 [n], and the classes' colours, uint8 [k, 3].
    """
    near = same_color(colors, colors)
    free = np.ones(len(colors), np.bool_)
    kind, chosen = np.full(len(colors), -1, np.int64), []
    while free.any():
        paper = np.where(free, near @ np.where(free, sizes, 0), -1)
        best = int(paper.argmax())
        members = near[best] & free
        kind[members] = len(chosen)
        chosen.append(colors[best])
        free &= ~members
    return kind, np.array(chosen, np.uint8).reshape(-1, 3)


def page_pairs(folder: Path, most: int) -> Iterator[tuple[Path, Path]]:
    """Files of two pages of one work, at most so many pairs of a work, spread evenly."""
    for work in works_of(folder).values():
        names = list(work)
        pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
        for first, second in pairs[:: max(1, -(-len(pairs) // most))]:
            yield work[first][0], work[second][0]


def pairs_of(folder: Path, most: int) -> Iterator[tuple[str, TokenPage, TokenPage]]:
    """The same as tokens: source, first, second."""
    for first, second in page_pairs(folder, most):
        yield first.parts[-3], load_tokens(first), load_tokens(second)


def read_works(folder: Path) -> Mapping[tuple[str, str], list[list[TokenPage]]]:
    """Everything in memory: of each work its pictures, of each picture its drawings."""
    return {
        key: [[load_tokens(file) for file in drawn] for drawn in work.values()]
        for key, work in works_of(folder).items()
    }
