"""Where the guide goes wrong, on test works: the pictures of docs/model-card.md.

    python -m experiments.failures PICTURES [-o docs/images]

PICTURES is a folder of real works as docs/data.md describes it; those shown are of the test split.
Each picture is a row: the line art, computed as for training; the page as its artist coloured it,
each piece in its median colour; the page after some colours in *bold*, each given to the largest
wrong piece, or with every suggestion taken; the same with what the guide coloured wrongly in red.
Of a page whose pieces are at fault: the pieces instead of the last two.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from gp_canvas.acts.coloring import ARTIST, GUIDE, NOBODY
from gp_canvas.acts.targets import Target
from gp_client.types import Color, Level
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.pages.guided_page import GuidedPage
from gp_training.data.books import Picture, build_pages, pictures_of
from gp_training.data.truth import LEAST, NEAR, Page, load_page
from numpy.typing import NDArray
from PIL import Image

Way = Literal["bold", "suggested", "pieces"]
_PAPER = 200  # lighter than this shows its colour
_WIDTH = 300  # pixels of one picture of a row
_GAP = 6
_RED = np.array([255, 0, 60])
_MOST = 60  # suggestions taken


@dataclass(frozen=True)
class Case:
    """One failure.

    Attributes:
        name: of the picture that is written.
        source, stem: the picture that it is seen on.
        way: what is shown.
        colors: given, in *bold*.
    """

    name: str
    source: str
    stem: str
    way: Way
    colors: int = 6


CASES = (
    Case("spread", "asp", "0056_02", "bold"),
    Case("skin", "asp", "0256_02", "bold"),
    Case("open", "asp", "0056_08", "pieces"),
    Case("cut", "asp", "0074_05", "pieces"),
    Case("strokes", "asp", "0111_00", "pieces"),
    Case("suggested", "asp", "0188_00", "suggested"),
)


class Shown:
    """A page with its truth, worked on by somebody who knows it.

    Args:
        engine: the networks.
        page: line art and truth.
    """

    def __init__(self, engine: Engine, page: Page) -> None:
        self.gray = page.gray
        height, width = page.gray.shape
        self.page = GuidedPage(engine, page.gray.tobytes(), width, height)
        self.labels = self.page.hands.work.pieces.labels
        self.paper = (page.gray > _PAPER) & (page.labels >= 0)
        self.truth = np.where((page.labels >= 0)[..., None], page.colors[page.labels], 255)
        count = int(self.labels.max()) + 1
        self.sizes = np.bincount(self.labels[self.paper], minlength=count)
        self.wanted = np.full((count, 3), 255, np.uint8)
        for piece in np.flatnonzero(self.sizes):
            here = (self.labels == piece) & self.paper
            self.wanted[piece] = np.median(self.truth[here], axis=0)

    @property
    def colors(self) -> NDArray[np.uint8]:
        """As the page shows them, uint8 [n, 3]."""
        found = self.page.hands.coloring
        return np.where((found.by == NOBODY)[:, None], np.uint8(255), found.color)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Pieces that have not their colour, bool [n]."""
        apart = np.abs(self.colors.astype(np.int16) - self.wanted.astype(np.int16)).max(1)
        return apart >= NEAR

    def by_eye(self, count: int, level: Level = "bold") -> None:
        """Give so many colours, each to the largest wrong piece; "off" is a bucket."""
        self.page.hands.spread(level)
        for _ in range(count):
            wrong = np.where(self.wrong & (self.page.hands.coloring.by != ARTIST), self.sizes, 0)
            piece = int(wrong.argmax())
            if wrong[piece] < LEAST:
                break
            ys, xs = np.nonzero((self.labels == piece) & self.paper)
            spot = int(xs[len(xs) // 2]), int(ys[len(ys) // 2])
            self.page.hands.color(Target(point=spot), _color(self.wanted[piece]))

    def take_suggestions(self) -> None:
        """Take every first suggestion, in the guide's order."""
        for _ in range(_MOST):
            following = self.page.hands.guided.next
            if following is None:
                break
            region = Target(region=following.number)
            self.page.hands.color(region, self.page.suggest(region)[0])

    def picture(self, colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pieces in colours under their lines."""
        return self._under_lines(colors[self.labels])

    def _under_lines(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return (picture * (self.gray[..., None] / 255)).astype(np.uint8)

    def row(self, way: Way) -> list[NDArray[np.uint8]]:
        """The pictures of one row."""
        line_art, truth = np.repeat(self.gray[..., None], 3, 2), self._under_lines(self.truth)
        if way == "pieces":
            return [line_art, truth, self.picture(_told_apart(len(self.sizes)))]
        shown = self.picture(self.colors)
        marked = shown.copy()
        bad = self.wrong if way == "suggested" else self._guessed
        at_fault = bad[self.labels]
        marked[at_fault] = (0.3 * shown[at_fault] + 0.7 * _RED).astype(np.uint8)
        return [line_art, truth, shown, marked]

    @property
    def _guessed(self) -> NDArray[np.bool_]:
        return self.wrong & (self.page.hands.coloring.by == GUIDE)

    def told(self, way: Way) -> str:
        """What the page comes to, in numbers."""
        if way == "pieces":
            return f"{len(self.sizes)} pieces, the largest {np.sort(self.sizes)[::-1][:4].tolist()}"
        done = np.ones_like(self.wrong)
        if way == "bold":
            done = self.page.hands.coloring.by == GUIDE
        paper, wrong = self.sizes[done].sum(), self.sizes[done & self.wrong].sum()
        return f"{wrong / max(1, paper):.0%} of {paper} pixels of paper wrong"


def _told_apart(count: int) -> NDArray[np.uint8]:
    """A colour for each piece, unlike its neighbours' in number."""
    hues = (np.arange(count) * 67 % 180).astype(np.uint8)
    hsv = np.stack([hues, np.full_like(hues, 110), np.full_like(hues, 245)], -1)
    return np.asarray(cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB), np.uint8)[0]


def _color(values: NDArray[np.uint8]) -> Color:
    red, green, blue = values.tolist()
    return red, green, blue


def joined(pictures: list[NDArray[np.uint8]]) -> Image.Image:
    """Pictures in one row, all of one size."""
    height, width = pictures[0].shape[:2]
    size = _WIDTH, round(height * _WIDTH / width)
    row = Image.new("RGB", (len(pictures) * (_WIDTH + _GAP) - _GAP, size[1]), "white")
    for place, picture in enumerate(pictures):
        small = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
        row.paste(small, (place * (_WIDTH + _GAP), 0))
    return row


def asked(about: str | None) -> tuple[dict[tuple[str, str], Picture], Path]:
    """Read the command line: the works' pictures by source and stem, and where to write.

    Args:
        about: the experiment's docstring.
    """
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path("docs/images"))
    options = parser.parse_args()
    known = {(one.source, one.file.stem): one for one in pictures_of(options.pictures)}
    return known, options.out


def main() -> None:
    """Draw all of them; print what each comes to, and whom to credit."""
    known, out = asked(__doc__)
    engine = Engine(Bundle.load(default_bundle()), cpu=True)
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            picture = known[case.source, case.stem]
            (file,) = build_pages([picture], Path(folder))
            shown = Shown(engine, load_page(file))
            if case.way == "bold":
                shown.by_eye(case.colors)
            elif case.way == "suggested":
                shown.take_suggestions()
            joined(shown.row(case.way)).save(out / f"fails-{case.name}.webp", quality=70, method=6)
            credit = f"{picture.split} work, {picture.author}, {picture.licence}"
            print(f"{case.name}: {shown.told(case.way)} ({credit})", flush=True)


if __name__ == "__main__":
    main()
