"""Pages with a recurring cast: the same few figures in panel after panel, and on a second page.

A figure keeps its colours. It comes again in another pose where its work has one, and always
turned, bent, mirrored, larger or smaller, cut off by the panel, over other grounds or in the same
place again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_training.data import page_parts as parts
from gp_training.data.page_parts import Scene
from gp_training.data.recolor import recolor, turn_hue
from gp_training.data.render import Rendered
from gp_training.data.scenes import Composer, paste, scaled
from gp_training.data.sketch import vary_lines
from gp_training.data.truth import page_of, save_page

_NATURAL = 0.4  # of the pairs of pages: everything in the colours that it was drawn in
_STRANGERS = 0.15  # of the figures, that are not of the cast
_NEW_COLORS = 0.6  # of the cast, that do not keep the colours they were drawn in
_SAME_PLACE = 0.4  # of the backdrops, that were seen before
_MOST_POSES = 6
_LEAST_PIECES = 6


class CastComposer(Composer):
    """Composes pages on which the same figures come again."""

    cast: list[list[Rendered]]
    place: int
    natural = False

    def start(self, rng: np.random.Generator) -> None:
        """Chooses another cast: two to six figures, each with its poses, and a place."""
        self.natural = bool(rng.random() < _NATURAL)
        self.cast = [self._member(rng) for _ in range(int(rng.integers(2, 7)))]
        self.place = int(rng.integers(1 << 31))

    @property
    def recolored(self) -> float:
        """None where all is to be natural."""
        return 0.0 if self.natural else super().recolored

    def page(self, rng: np.random.Generator) -> Scene:
        """A page with the cast that was chosen: panels, a crowd, or a few large figures."""
        kind = rng.random()
        if kind < 0.6:
            scene = self._page(rng)
        elif kind < 0.85:
            scene = self._crowd(rng, self.side, self.side, int(rng.integers(6, 20)))
        else:
            scene = self._few(rng, self.side, self.side, int(rng.integers(2, 5)))
        if rng.random() < 0.2:
            parts.shade_areas(scene, rng)
        return scene

    def _member(self, rng: np.random.Generator) -> list[Rendered]:
        name = self.sources[rng.choice(len(self.sources), p=self.weights)]
        places = self.store.figures[name]
        first = places[int(rng.integers(len(places)))]
        figures = [self.store.get(name, first)]
        # A true pair of comicgen has colours of its own in each pose.
        if not figures[0].true_line or name == "mulberry":
            work = self.store.work(name, first)
            mates = [p for p in places if self.store.work(name, p) == work][:_MOST_POSES]
            figures = [self.store.get(name, place) for place in mates]
        if self.natural or rng.random() >= _NEW_COLORS:
            return figures
        seed = int(rng.integers(1 << 31))
        if len(figures) > 1:  # the same turn for every pose, or they would not stay alike
            return [
                _painted(one, turn_hue(one.rgba[..., :3], np.random.default_rng(seed)))
                for one in figures
            ]
        return [_painted(figures[0], recolor(figures[0], np.random.default_rng(seed)))]

    def _backdrop(self, rng: np.random.Generator, height: int, width: int) -> Scene:
        if self.natural:
            scene = parts.blank(height, width)
            if self.grounds and rng.random() < 0.4:
                self._lay_ground(scene, rng)
            return scene
        if rng.random() < _SAME_PLACE:
            return super()._backdrop(np.random.default_rng(self.place), height, width)
        return super()._backdrop(rng, height, width)

    def _add(self, scene: Scene, rng: np.random.Generator, left: int, top: int, side: int) -> None:
        if not self.natural and rng.random() < _STRANGERS:
            super()._add(scene, rng, left, top, side)
            return
        poses = self.cast[int(rng.integers(len(self.cast)))]
        figure = scaled(bent(poses[int(rng.integers(len(poses)))], rng), side)
        paste(scene, figure, figure.rgba[..., :3], (left, top), bool(rng.random() < 0.5))


def _painted(figure: Rendered, rgb: NDArray[np.uint8]) -> Rendered:
    rgba = np.dstack([rgb, figure.rgba[..., 3]])
    return Rendered(rgba, figure.line, figure.true_line, figure.ground)


def bent(figure: Rendered, rng: np.random.Generator) -> Rendered:
    """A figure turned, stretched and bent a little, colours and lines alike."""
    side = len(figure.line)
    turn = cv2.getRotationMatrix2D(
        (side / 2, side / 2), float(rng.normal(0, 7)), float(rng.uniform(0.85, 1.1))
    )
    turn[:, 2] += rng.normal(0, 0.03 * side, 2)
    back = cv2.invertAffineTransform(turn)
    rows, columns = np.indices((side, side), np.float32)
    moved = []
    for axis in (0, 1):
        coarse = rng.normal(0, 0.03 * side, (4, 4)).astype(np.float32)
        wave = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
        plain = back[axis, 0] * columns + back[axis, 1] * rows + back[axis, 2]
        moved.append((plain + wave).astype(np.float32))
    x, y = moved
    rgba = cv2.remap(
        figure.rgba, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255, 0),
    )  # fmt: skip
    line = cv2.remap(
        figure.line, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,)
    )
    return Rendered(
        np.asarray(rgba, np.uint8), np.asarray(line, np.uint8), figure.true_line, figure.ground
    )


def build_cast_pages(
    composer: CastComposer, split: str, count: int, target: Path, first: int = 0
) -> Iterator[Path]:
    """Writes pairs of pages with one cast, `target/SPLIT/cast/NUMBER/a-0.npz` and `b-0.npz`.

    Each pair depends on split and number alone, so building can be repeated and goes on.
    """
    for number in range(first, first + count):
        folder = target / split / "cast" / f"{number:05d}"
        if (folder / "b-0.npz").is_file():
            continue
        digest = hashlib.sha256(f"cast/{split}/{number}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        composer.start(rng)
        pages = []
        for _ in range(2):
            scene = composer.page(rng)
            gray = np.clip(np.round(scene.sketch), 0, 255).astype(np.uint8)
            rgb = np.clip(np.round(scene.rgb), 0, 255).astype(np.uint8)
            if split == "train" and rng.random() < 0.5:
                gray = vary_lines(gray, rng)
            pages.append(page_of(gray, rgb, composer.natural))
        if min(page.count for page in pages) < _LEAST_PIECES:
            continue
        for name, page in zip("ab", pages, strict=True):
            save_page(folder / f"{name}-0.npz", page)
            yield folder / f"{name}-0.npz"
