"""Clicks with the guide at each spread level, and on a second page with the first as its cast.

What is coloured is known, as in `benchmarks.actions`; whoever colours gives each place the median
of its true colours. *Next* is either the largest wrong piece, which an eye finds, or what the guide
asks for. All that is shown counts, proposals too; a right one needs no click here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import gp_client
import numpy as np
from gp_client.cast import Cast
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.piece_map import PieceMap
from gp_client.types import Color
from gp_training.data.books import pages_folder
from gp_training.data.truth import NEAR, load_page
from numpy.typing import NDArray

from benchmarks.actions import Scene, bucket, gaps_closed, pick
from benchmarks.report import Course
from benchmarks.rig import private_daemon

Order = Literal["eye", "guide"]
_SMALLEST = 30  # pixels: nobody fills what he cannot see
_WAYS: tuple[tuple[str, str, Order], ...] = (
    ("ours, careful, largest wrong place", "careful", "eye"),
    ("ours, bold, largest wrong place", "bold", "eye"),
    ("ours, bold, the guide's order", "bold", "guide"),
)
BUCKET = "bucket fill, gaps closed"
KINDS = {"real": "real works", "cast": "composed pages"}


@dataclass(frozen=True)
class Pair:
    """Two pages of one work."""

    first: Scene
    second: Scene


def labels_of(found: PieceMap, height: int, width: int) -> NDArray[np.intp]:
    """The piece of each pixel, [H, W], from the runs of a map."""
    starts, ends, pieces = (np.asarray(part, np.int64) for part in found.runs)
    before = np.concatenate([[0], ends[:-1]])
    before[starts[:-1]] = 0  # each row begins anew
    return np.repeat(pieces, ends - before).reshape(height, width)


class Walk:
    """A page of pieces, coloured click by click by somebody who knows the picture.

    Args:
        client: of a daemon.
        scene: what is coloured.
        level: how far colours spread.
        cast: what earlier pages taught; None: there are none.
    """

    def __init__(
        self, client: gp_client.Client, scene: Scene, level: str, cast: Cast | None = None
    ) -> None:
        height, width = scene.gray.shape
        self.scene, self.page = scene, client.open_guided(scene.gray.tobytes(), width, height)
        if cast is not None:
            self.page.use(cast)
        self.page.spread = level
        self.labels = labels_of(self.page.pieces(), height, width)
        self._ends = np.cumsum([0, *np.bincount(self.labels.ravel())])
        self._cells = np.argsort(self.labels.ravel(), kind="stable")
        self._palette: list[Color] = []
        self._clicks = 0
        self._own: set[int] = set()  # pieces that were given their own colour: no click does more

    def close(self) -> None:
        """Let go of the page."""
        self.page.close()

    def _inside(self, piece: int) -> NDArray[np.intp]:
        return self._cells[self._ends[piece] : self._ends[piece + 1]]

    def _shown(self) -> NDArray[np.uint8]:
        """The picture, [H, W, 3]."""
        found = np.frombuffer(self.page.pieces().colors, np.uint8).reshape(-1, 4)
        colors = np.where(found[:, 3:] > 0, found[:, :3], np.uint8(255))
        return colors[self.labels]

    def course(self, order: Order, most: int) -> Course:
        """Clicks, colours and share after each of at most so many clicks."""
        steps: list[tuple[int, int, float]] = []
        while True:
            picture = self._shown()
            share = self.scene.share(self.scene.right(picture))
            steps.append((self._clicks, len(self._palette), share))
            apart = np.abs(picture.astype(np.int16) - self.scene.truth.astype(np.int16)).max(2)
            wrong = np.bincount(
                self.labels[self.scene.paper & (apart >= NEAR)], minlength=len(self._ends) - 1
            )
            wrong[list(self._own)] = 0
            if wrong.max(initial=0) < _SMALLEST or self._clicks >= most:
                return tuple(steps)
            self._clicks += 1
            if not (order == "guide" and self._answer()):
                self._give(int(wrong.argmax()))

    def _answer(self) -> bool:
        """Give what the guide asks for its colour; False where it asks for nothing."""
        region = self.page.next()
        if region is None:
            return False
        pieces = np.flatnonzero(np.asarray(self.page.pieces().regions) == region.number)
        largest = int(pieces[np.diff(self._ends)[pieces].argmax()])
        color = self.scene.color(self._inside(largest))
        self._own.add(largest)
        if min(color) > 255 - NEAR:
            self.page.keep(region.number)  # it stays white
        else:
            pick(self._palette, color)
            self.page.color(region.number, color)
        return True

    def _give(self, piece: int) -> None:
        cells = self._inside(piece)
        color = self.scene.color(cells)
        self._own.add(piece)
        pick(self._palette, color)
        y, x = divmod(int(cells[len(cells) // 2]), self.labels.shape[1])
        self.page.color((x, y), color)


def count(found: Sequence[Scene], most: int) -> dict[str, list[Course]]:
    """The courses of each level and order, and of a bucket that closes gaps, scene by scene."""
    ways: dict[str, list[Course]] = {}
    with private_daemon(), gp_client.connect(start=True, device="cpu") as client:
        for scene in found:
            for name, level, order in _WAYS:
                walk = Walk(client, scene, level)
                ways.setdefault(name, []).append(walk.course(order, most))
                walk.close()
            ways.setdefault(BUCKET, []).append(bucket(scene, gaps_closed(scene)))
    return ways


def second_pages(pairs: Sequence[Pair], most: int) -> dict[str, list[Course]]:
    """Courses on the second page of each pair, without the first and with it as cast."""
    ways: dict[str, list[Course]] = {}
    with private_daemon(), gp_client.connect(start=True, device="cpu") as client:
        for pair in pairs:
            for name, cast in (("without a cast", None), ("with page 1", _learned(client, pair))):
                walk = Walk(client, pair.second, "bold", cast)
                ways.setdefault(f"page 2, bold, {name}", []).append(walk.course("eye", most))
                walk.close()
            scene = pair.second
            ways.setdefault(f"page 2, {BUCKET}", []).append(bucket(scene, gaps_closed(scene)))
    return ways


def _learned(client: gp_client.Client, pair: Pair) -> Cast:
    """What a page teaches that was coloured to its end."""
    walk = Walk(client, pair.first, "off")
    alpha = np.full((*walk.labels.shape, 1), 255, np.uint8)
    walk.page.adopt(np.concatenate([pair.first.truth, alpha], 2).tobytes())
    learned = Cast().learned(walk.page.learn(pictures=False))
    walk.close()
    return learned


def real_or_composed(kind: str) -> list[list[Path]]:
    """The test pages of works, of "real" ones or of those composed for a "cast".

    Raises:
        GuidingPainterError: BAD_REQUEST where there are none.
    """
    works: dict[Path, list[Path]] = {}
    for file in sorted((pages_folder() / "test").glob("*/*/*.npz")):
        if (file.parts[-3] == "cast") == (kind == "cast"):
            works.setdefault(file.parent, []).append(file)
    if not works:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"There are no test pages of {KINDS[kind]}.",
            "Run gp-train data pages, see docs/data.md.",
        )
    return list(works.values())


def scene_of(file: Path) -> Scene:
    """A page as line art and the picture that it shall become, flat within its pieces."""
    page = load_page(file)
    known = page.labels >= 0
    truth = np.where(known[..., None], page.colors[np.maximum(page.labels, 0)], np.uint8(255))
    return Scene(page.gray, truth)


def real_scenes(most: int) -> list[Scene]:
    """Pages of real works of the test split, evenly chosen."""
    files = [file for work in real_or_composed("real") for file in work]
    chosen = np.linspace(0, len(files) - 1, min(most, len(files))).astype(int)
    return [scene_of(files[place]) for place in chosen.tolist()]


def pairs_of(kind: str, most: int) -> list[Pair]:
    """Pages 1 and 2 of works of the test split, evenly chosen."""
    works = [work for work in real_or_composed(kind) if len(work) > 1]
    chosen = np.linspace(0, len(works) - 1, min(most, len(works))).astype(int)
    return [Pair(*(scene_of(file) for file in works[place][:2])) for place in chosen.tolist()]
