"""Composed scenes: comic-like pages from single figures, with their line art composed too.

Single figures on white teach habits (skin is beige, leaves are green). A page that a colourist
opens has several figures, grounds, panels and hatching, and she decides the colours. So figures are
recoloured at random and composed, and hints, not habits, decide what the colorizer paints.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from gp_client.errors import UNWRITABLE, GuidingPainterError
from numpy.typing import NDArray
from rich.progress import track

from gp_training.data import page_parts as parts
from gp_training.data.page_parts import Scene
from gp_training.data.recolor import random_color, recolor, turn_hue
from gp_training.data.render import SIDE, Rendered, dark_strokes
from gp_training.data.sketch import XDoG, random_xdog, xdog
from gp_training.data.sources import SOURCES
from gp_training.data.store import PAIRS, Store

# Shares of the sources among figures: true pairs most, hand-painted characters often.
SOURCE_SHARES = {
    "openmoji": 0.22, "wesnoth": 0.16, "openclipart": 0.15, "comicgen": 0.14, "tuxpaint": 0.06,
    "streamline": 0.06, "gcompris": 0.06, "mulberry": 0.2,
}  # fmt: skip
OWN_SHARE = 0.4  # a user's own pictures: what she trains for
OTHER_SHARE = 0.015  # each procedural source; together under half, whatever else was built
PROCEDURAL_MOST = 0.45
# Enough that colours come from hints; not so many that g forgets what is usually green or beige,
# which is all it has to suggest from.
RECOLORED = 0.4


def source_weights(names: list[str]) -> NDArray[np.float64]:
    """How often each source is drawn, summing to 1; procedural ones together under half.

    Args:
        names: sources that have figures.
    """
    weights = np.array(
        [
            OWN_SHARE if name.startswith(PAIRS) else SOURCE_SHARES.get(name, OTHER_SHARE)
            for name in names
        ]
    )
    procedural = np.array([name in SOURCES and SOURCES[name].procedural for name in names])
    other = float(weights[~procedural].sum())
    if other > 0 and procedural.any():
        most = other * PROCEDURAL_MOST / (1 - PROCEDURAL_MOST)
        weights[procedural] *= min(1.0, most / float(weights[procedural].sum()))
    return weights / weights.sum()


class Composer:
    """Makes scenes of one split's figures.

    Args:
        store: the figures.
        side: pixels of a scene's side.
    """

    def __init__(self, store: Store, side: int = 256) -> None:
        self.store = store
        self.side = side
        self.sources = [name for name in store.names if store.figures[name]]
        self.weights = source_weights(self.sources) if self.sources else np.zeros(0)
        self.grounds = [(name, place) for name in store.names for place in store.grounds[name]]

    @property
    def recolored(self) -> float:
        """Share of figures and grounds that get other colours than they were drawn in."""
        return RECOLORED

    def figure(self, rng: np.random.Generator) -> Rendered:
        """One figure of a source drawn by its share."""
        name = self.sources[rng.choice(len(self.sources), p=self.weights)]
        places = self.store.figures[name]
        return self.store.get(name, places[int(rng.integers(len(places)))])

    def ground(self, rng: np.random.Generator) -> Rendered:
        """A picture that fills its square."""
        name, place = self.grounds[int(rng.integers(len(self.grounds)))]
        return self.store.get(name, place)

    def compose(self, rng: np.random.Generator) -> Scene:
        """A scene; the same generator state gives the same scene."""
        kind = rng.random()
        if kind < 0.4:
            scene = self._page(rng)
        elif kind < 0.75:
            scene = self._crowd(rng, self.side, self.side, int(rng.integers(7, 25)))
        else:
            scene = self._few(rng, self.side, self.side, int(rng.integers(1, 5)))
        if rng.random() < 0.4:
            parts.fill_flat(scene, rng)
        if rng.random() < 0.35:
            parts.shade_areas(scene, rng)
        if kind >= 0.4 and rng.random() < 0.3:
            parts.draw_balloon(scene, rng)
        return scene

    def single(self, figure: Rendered, rng: np.random.Generator | None = None) -> Scene:
        """One figure on white, in its own colours unless `rng` is given."""
        scene = parts.blank(self.side, self.side)
        figure = scaled(figure, self.side)
        rgb = figure.rgba[..., :3] if rng is None else recolor(figure, rng)
        paste(scene, figure, rgb, (0, 0), False)
        return scene

    def _page(self, rng: np.random.Generator) -> Scene:
        page = parts.blank(self.side, self.side)
        if rng.random() < 0.15:  # gutters of a colour
            page.rgb[:] = random_color(rng)
        for top, left, bottom, right in parts.panel_grid(self.side, rng):
            height, width = bottom - top, right - left
            # Figures are as large as the short side lets them be: a long panel takes more.
            reach = round(max(height, width) / min(height, width))
            if rng.random() < 0.5:
                panel = self._crowd(rng, height, width, reach * int(rng.integers(3, 7)))
            else:
                panel = self._few(rng, height, width, reach * int(rng.integers(1, 3)))
            if rng.random() < 0.3:
                parts.draw_balloon(panel, rng)
            if rng.random() < 0.92:
                parts.draw_border(panel, rng)
            page.rgb[top:bottom, left:right] = panel.rgb
            page.sketch[top:bottom, left:right] = panel.sketch
        return page

    def _backdrop(self, rng: np.random.Generator, height: int, width: int) -> Scene:
        scene = parts.blank(height, width)
        style = rng.random()
        if self.grounds and (0.2 <= style < 0.4 or not self.sources):
            self._lay_ground(scene, rng)
            return scene
        if style < 0.2:
            return scene
        scene.rgb[:] = random_color(rng)
        if style < 0.55:
            parts.draw_pattern(scene, rng)
        elif style < 0.85:
            parts.draw_grounds(scene, rng)
        return scene

    def _lay_ground(self, scene: Scene, rng: np.random.Generator) -> None:
        """A part of a painted ground, at about its own size, fills the scene."""
        ground = self.ground(rng)
        height, width = scene.sketch.shape
        scale = max(height, width) / SIDE * rng.uniform(1, 1.6)
        side = max(height, width, round(SIDE * scale))
        top, left = (int(rng.integers(side - length + 1)) for length in (height, width))
        ground = scaled(ground, side)
        rgb = ground.rgba[..., :3]
        if rng.random() < self.recolored:
            rgb = turn_hue(rgb, rng)
        paste(scene, ground, rgb, (-left, -top), bool(rng.random() < 0.5))

    def _few(self, rng: np.random.Generator, height: int, width: int, count: int) -> Scene:
        """A scene of one to four large figures."""
        scene = self._backdrop(rng, height, width)
        short = min(height, width)
        for _ in range(count):
            largest = 1.15 if count == 1 else 0.9
            side = int(short * rng.uniform(0.85 if count == 1 else 0.4, largest))
            left = int(rng.uniform(-0.15 * side, max(width - 0.85 * side, 1)))
            top = int(rng.uniform(-0.1 * side, max(height - 0.85 * side, 1)))
            self._add(scene, rng, left, top, side)
        return scene

    def _crowd(self, rng: np.random.Generator, height: int, width: int, count: int) -> Scene:
        """A scene of many figures, the small ones behind, nearer ones lower on the page."""
        scene = self._backdrop(rng, height, width)
        short = min(height, width)
        for depth in np.sort(rng.random(count)):
            side = max(16, int(short * (0.2 + 0.45 * depth**1.5) * rng.uniform(0.8, 1.25)))
            left = int(rng.uniform(-0.3 * side, width - 0.7 * side))
            foot = height * (0.4 + 0.7 * depth) + rng.normal(0, 0.12) * height
            self._add(scene, rng, left, int(min(foot, 1.15 * height) - side), side)
        return scene

    def _add(self, scene: Scene, rng: np.random.Generator, left: int, top: int, side: int) -> None:
        if not self.sources:  # nothing but whole pictures: the backdrop is one
            return
        figure = scaled(self.figure(rng), side)
        if not figure.true_line and rng.random() < 0.5:
            figure = redrawn(figure, random_xdog(rng))
        rgb = recolor(figure, rng) if rng.random() < self.recolored else figure.rgba[..., :3]
        paste(scene, figure, rgb, (left, top), bool(rng.random() < 0.5))


def scaled(figure: Rendered, side: int) -> Rendered:
    """A figure at another size, drawn with the same pen: lines do not fade as it shrinks."""
    method = cv2.INTER_AREA if side < SIDE else cv2.INTER_LINEAR
    line = figure.line
    if side < 0.7 * SIDE:
        kernel = np.ones((5, 5), np.uint8)
        broad = np.count_nonzero(cv2.dilate(line, kernel) < 128) > 0.15 * np.count_nonzero(
            line < 128
        )
        if not broad:  # a broad pen's lines are left as they are
            grown = max(2, round(0.75 * SIDE / side))
            line = cv2.erode(line, np.ones((grown, grown), np.uint8))
    size = (side, side)
    return Rendered(
        np.asarray(cv2.resize(figure.rgba, size, interpolation=method), np.uint8),
        np.asarray(cv2.resize(line, size, interpolation=method), np.uint8),
        figure.true_line,
        figure.ground,
    )


def redrawn(figure: Rendered, parameters: XDoG) -> Rendered:
    """A figure with its line art computed anew, at its own size."""
    cover = figure.rgba[..., 3:].astype(np.float32) / 255
    on_white = (figure.rgba[..., :3] * cover + 255 * (1 - cover)).astype(np.uint8)
    line = np.minimum(xdog(on_white, parameters), dark_strokes(on_white))
    return Rendered(figure.rgba, line, False)


def paste(
    scene: Scene, figure: Rendered, rgb: NDArray[np.uint8], corner: tuple[int, int], flip: bool
) -> None:
    """Lays a figure over a scene: its colours, its silhouette as paper, its lines.

    Args:
        scene: is drawn on.
        figure: gives silhouette and line art, [S, S].
        rgb: uint8 [S, S, 3], its colours.
        corner: left and top in the scene; may lie outside.
        flip: left to right.
    """
    alpha, color, line = figure.rgba[..., 3], rgb, figure.line
    if not figure.true_line and not figure.ground:
        # A silhouette line, since the figure's own may end where its ground was white.
        rim = cv2.morphologyEx(alpha, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        line = np.minimum(line, 255 - rim)
    if flip:
        alpha, color, line = alpha[:, ::-1], color[:, ::-1], line[:, ::-1]
    left, top = corner
    side = len(line)
    height, width = scene.sketch.shape
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + side, width), min(top + side, height)
    if x0 >= x1 or y0 >= y1:
        return
    inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    target = (slice(y0, y1), slice(x0, x1))
    cover = alpha[inside].astype(np.float32)[..., None] / 255
    scene.rgb[target] = scene.rgb[target] * (1 - cover) + color[inside] * cover
    covered = scene.sketch[target] * (1 - cover[..., 0]) + 255 * cover[..., 0]
    scene.sketch[target] = covered * (line[inside].astype(np.float32) / 255)


def build_scenes(composer: Composer, count: int, seed: int, target: Path) -> Path:
    """Composes scenes into one file that training maps into memory.

    Scene i depends on seed + i alone, so an interrupted file goes on where it stopped.

    Args:
        composer: of the figures of one split.
        count: how many scenes.
        seed: of the first; scene i uses seed + i.
        target: file to write: uint8 [count, side, side, 4], R G B and sketch. Written whole or
            not at all.

    Raises:
        GuidingPainterError: the file cannot be written.
    """
    record = composer.side**2 * 4
    # The seed is in the name: another seed's half-written file is not gone on with.
    partial = target.with_suffix(f".{seed}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "ab") as file:
            done = min(file.tell() // record, count)
            file.truncate(done * record)
            for index in track(range(done, count), f"compose {target.stem}"):
                scene = composer.compose(np.random.default_rng(seed + index))
                file.write(np.dstack([scene.rgb, scene.sketch]).tobytes())
        partial.rename(target)
    except OSError as error:
        raise GuidingPainterError(
            UNWRITABLE,
            f"{target} could not be written: {error.strerror or error}.",
            "Free some disk, or set GUIDINGPAINTER_CACHE to another folder.",
        ) from error
    return target
