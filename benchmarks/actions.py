"""How many clicks and colours a picture takes, counted by rule on pictures that are known.

Scenes are those of the test split, from works that no network was trained on; or whole pages of
panels, of drawings that the networks may know. A page starts white: that is 0 %. 100 % is what one
has who fills every single area between lines, gaps closed or not, with the median of its true
colours, whatever that costs: shading and the like is beyond all of them. Whoever colours knows the
picture that he wants, and does the largest part first:

- ours: see `benchmarks.guided`.
- bucket fill: the area between lines with the most wrong pixels first.
- bucket fill, gaps closed: the same on areas with gaps in the lines closed, which is what GIMP's
  line-art detection is for (ours stand in for it: GIMP's procedures do not offer theirs).
- Colorize Mask: strokes for the largest true flats first, painted by Krita itself.

A *click* is a region coloured or left white, an area filled, or a stroke. A *colour* is one that
was not picked before: whoever fills ten areas with one colour picks once and clicks ten times. What
is not counted: looking for the place, which the guide spares and all others ask for; aiming; taking
back what leaked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import cc3d
import cv2
import numpy as np
from gp_canvas.lines.areas import find_areas
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color
from gp_training.data.pairs import ScenePack
from gp_training.data.sources import cache_folder
from numpy.typing import NDArray

from benchmarks.pages import draw_page
from benchmarks.report import Course

_NEAR = 24  # of 255: colours closer than that are the same to the eye of a flatter
_PAPER = 200  # lighter than this is paper, and counts
_SCALE = 3  # scenes are packed at 256 px
_MOST = 200  # clicks; nobody goes on longer
_SMALLEST = 30  # pixels: nobody fills what he cannot see
_PANELS = 1.0  # megapixels of a page of panels
_DOT = 6  # pixels: a stroke's half width, where there is room


@dataclass(frozen=True)
class Scene:
    """Line art and the picture that it shall become.

    Attributes:
        gray: uint8 [H, W], 255 = paper.
        truth: uint8 [H, W, 3], RGB.
    """

    gray: NDArray[np.uint8]
    truth: NDArray[np.uint8]

    @cached_property
    def paper(self) -> NDArray[np.bool_]:
        """What counts, bool [H, W]."""
        return self.gray > _PAPER

    def right(self, picture: NDArray[np.uint8]) -> int:
        """On how many pixels of paper a picture has the true colour."""
        apart = np.asarray(cv2.absdiff(picture, self.truth)).max(axis=2)
        return int((apart[self.paper] < _NEAR).sum())

    @cached_property
    def blank(self) -> int:
        """How many pixels of paper are right from the start, being white."""
        return self.right(np.full_like(self.truth, 255))

    @cached_property
    def most(self) -> int:
        """How many are right where every area has the median of its true colours."""
        cells, ends = _by_area(np.unique(_areas_of_both(self), return_inverse=True)[1])
        picture = np.full_like(self.truth, 255)
        for start, end in pairwise(ends):
            if end - start >= _SMALLEST:
                picture.reshape(-1, 3)[cells[start:end]] = self.color(cells[start:end])
        return self.right(picture)

    def share(self, right: int) -> float:
        """So many right pixels as a share of what can be had; a white page has 0."""
        return (right - self.blank) / max(1, self.most - self.blank)

    def color(self, cells: NDArray[np.intp]) -> Color:
        """The median of the true colours of the paper among cells (flat indices), RGB."""
        on_paper = cells[self.paper.ravel()[cells]]
        colors = self.truth.reshape(-1, 3)[on_paper if len(on_paper) else cells]
        red, green, blue = np.median(colors, axis=0).astype(int).tolist()
        return red, green, blue


class Walk:
    """One way to colour a scene, click by click.

    Args:
        scene: what is coloured; a white page at first.

    Attributes:
        course: (clicks, colours, share) after each click.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene, self._palette = scene, list[Color]()
        self._right = ((scene.truth > 255 - _NEAR).all(axis=2) & scene.paper).ravel()
        self._count = scene.blank
        self.course: list[tuple[int, int, float]] = [(0, 0, 0.0)]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Paper that has not its true colour, bool [H, W]."""
        return self._scene.paper & ~self._right.reshape(self._scene.paper.shape)

    def color(self, cells: NDArray[np.intp], whatever: bool = False) -> None:
        """One click, which gives cells (flat indices) their median colour.

        Args:
            cells: at least one.
            whatever: even if that makes more wrong than right; else there is no click then.
        """
        scene, color = self._scene, self._scene.color(cells)
        apart = np.abs(scene.truth.reshape(-1, 3)[cells].astype(np.int16) - color).max(axis=1)
        right = (apart < _NEAR) & scene.paper.ravel()[cells]
        gain = int(right.sum()) - int(self._right[cells].sum())
        if gain <= 0 and not whatever:
            return
        self._right[cells] = right
        self._count += gain
        if min(color) <= 255 - _NEAR:  # white is there already: such a region is skipped
            pick(self._palette, color)
        step = (len(self.course), len(self._palette), scene.share(self._count))
        self.course.append(step)


def pick(palette: list[Color], color: Color) -> None:
    """Adds a colour to those picked, unless one that looks the same is there."""
    if not any(max(abs(a - b) for a, b in zip(one, color, strict=True)) < _NEAR for one in palette):
        palette.append(color)


def scenes(count: int) -> list[Scene]:
    """Scenes of the test split.

    Raises:
        GuidingPainterError: BAD_REQUEST where none were composed yet.
    """
    pack = cache_folder() / "scenes" / "test-0.bin"
    if not pack.exists():
        raise GuidingPainterError(
            BAD_REQUEST,
            "There are no test scenes.",
            "Run gp-train data fetch, then gp-train data build.",
        )
    packed = ScenePack([pack], 256, None)
    chosen = np.linspace(0, len(packed) - 1, count).astype(int)
    found = []
    for index in chosen:
        scene = packed.scene(int(index))
        side = scene.shape[0] * _SCALE
        rgb, line = np.ascontiguousarray(scene[..., :3]), np.ascontiguousarray(scene[..., 3])
        # Colours do not mix at their borders, lines stay smooth.
        truth = cv2.resize(rgb, (side, side), interpolation=cv2.INTER_NEAREST)
        gray = cv2.resize(line, (side, side), interpolation=cv2.INTER_CUBIC)
        found.append(Scene(np.asarray(gray, np.uint8), np.asarray(truth, np.uint8)))
    return found


def panels(count: int) -> list[Scene]:
    """Pages of 24 panels with a figure each, without shading.

    Raises:
        GuidingPainterError: BAD_REQUEST where no drawings were fetched that have colours.
    """
    pages = [draw_page(_PANELS, seed) for seed in range(count)]
    found = [Scene(page.gray, page.flats) for page in pages if page.flats is not None]
    if not found:
        raise GuidingPainterError(
            BAD_REQUEST,
            "There are no vector drawings to make panels of.",
            "Run gp-train data fetch openmoji.",
        )
    return found


def bucket(scene: Scene, areas: NDArray[np.integer]) -> Course:
    """Bucket fills alone.

    Args:
        scene: what to colour.
        areas: what a fill fills, [H, W]; 0 is nothing.
    """
    return _fill(Walk(scene), areas)


def _fill(walk: Walk, areas: NDArray[np.integer]) -> Course:
    amounts = np.bincount(areas[walk.wrong], minlength=int(areas.max()) + 1)
    cells, ends = _by_area(areas)
    for number in np.argsort(-amounts, kind="stable").tolist():
        if amounts[number] < _SMALLEST or len(walk.course) > _MOST:
            break
        if number:
            walk.color(cells[ends[number] : ends[number + 1]])
    return tuple(walk.course)


def _by_area(areas: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Flat indices sorted by area, and where each area's begin."""
    flat = areas.ravel()
    return np.argsort(flat, kind="stable"), np.cumsum([0, *np.bincount(flat)])


def between_lines(scene: Scene) -> NDArray[np.integer]:
    """What a bucket fill fills: connected paper, int [H, W]; 0 is lines."""
    return np.asarray(cc3d.connected_components(scene.paper, connectivity=4), np.int64)


def gaps_closed(scene: Scene) -> NDArray[np.integer]:
    """The same with gaps in the lines closed, and no lines left out."""
    return find_areas(scene.gray).labels.astype(np.int64) + 1


def _areas_of_both(scene: Scene) -> NDArray[np.integer]:
    """Areas cut by lines and by closed gaps: whatever a fill of either kind may reach."""
    closed = gaps_closed(scene)
    lines = between_lines(scene)
    return np.where(lines > 0, lines * (int(closed.max()) + 1) + closed, 0)


def strokes(scene: Scene, most: int) -> list[tuple[int, int, int, Color]]:
    """Dots for Colorize Mask: x, y, half width and colour; the largest true flat first."""
    coarse = (scene.truth // _NEAR).astype(np.uint32)
    codes = (coarse[..., 0] * 16 + coarse[..., 1]) * 16 + coarse[..., 2] + 1
    codes[~scene.paper] = 0
    flats = np.asarray(cc3d.connected_components(codes, connectivity=4), np.uint32)
    sizes = np.bincount(flats.ravel())
    sizes[0] = 0
    found = []
    for number in np.argsort(-sizes, kind="stable")[:most]:
        if sizes[number] < _SMALLEST:
            break
        flat = flats == number
        depth = cv2.distanceTransform(flat.view(np.uint8), cv2.DIST_L2, 5)
        y, x = np.unravel_index(int(np.argmax(depth)), flat.shape)
        half = max(1, min(_DOT, int(np.asarray(depth)[y, x]) - 1))
        found.append((int(x), int(y), half, scene.color(np.flatnonzero(flat))))
    return found


def count(found: Sequence[Scene]) -> dict[str, list[Course]]:
    """A bucket's courses, scene by scene; `benchmarks.guided` has ours."""
    return {"bucket fill": [bucket(scene, between_lines(scene)) for scene in found]}


def stroked(scene: Scene, counts: Iterable[int], pictures: Iterable[NDArray[np.uint8]]) -> Course:
    """Colorize Mask's course: what it made of a scene's first so many strokes."""
    dots, steps = strokes(scene, max(counts := list(counts))), [(0, 0, 0.0)]
    for number, picture in zip(counts, pictures, strict=True):
        palette: list[Color] = []
        for *_, color in dots[:number]:
            pick(palette, color)
        steps.append((len(dots[:number]), len(palette), scene.share(scene.right(picture))))
    return tuple(steps)
