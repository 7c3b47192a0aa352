"""Composed scenes: comic-like pictures from single figures, with their line art composed too.

Single figures on white teach habits (skin is beige, leaves are green). A page that a colourist
opens has several figures, grounds and panels, and she decides the colours. So figures are
recoloured at random and composed, and hints, not habits, decide what the colorizer paints.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from gp_training.data.store import SIDE, Rendered, Store

# Shares of the sources in scenes; true pairs most, hand-painted characters often.
SOURCE_SHARES = {"openmoji": 0.5, "wesnoth": 0.25, "openclipart": 0.25}
# Enough that colours come from hints; not so many that g forgets what is usually green or beige,
# which is all it has to suggest from.
RECOLOURED = 0.4
_LINE_WIDTHS = (1, 2, 2, 3)


@dataclass(frozen=True)
class Scene:
    """A picture and its line art.

    Attributes:
        rgb: uint8 [S, S, 3].
        sketch: uint8 [S, S], 255 = paper.
    """

    rgb: NDArray[np.uint8]
    sketch: NDArray[np.uint8]


def random_colour(rng: np.random.Generator) -> NDArray[np.float32]:
    """A colour that a comic might use, float32 [3] in 0..255: often clear, at times gray."""
    hue = rng.random() * 180
    saturation = 255 * (rng.beta(2, 1.8) if rng.random() > 0.12 else 0.05)
    value = 255 * (0.3 + 0.7 * rng.beta(2.5, 1.1))
    pixel = np.array([[[hue, saturation, value]]], np.uint8)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def recolour(figure: Rendered, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Gives a figure other colours, keeping its shading and its dark lines.

    Args:
        figure: what to recolour.
        rng: decides the colours.

    Returns:
        uint8 [SIDE, SIDE, 3].
    """
    rgb = figure.rgba[..., :3]
    if not figure.true_line and rng.random() < 0.75:  # new flats tear up painted shading
        hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(np.int32) + rng.integers(180)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.6, 1.5), 0, 255).astype(np.uint8)
        return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)
    keys = _key_colours(figure)
    if len(keys) == 0:
        return rgb
    pixels = rgb.reshape(-1, 3).astype(np.float32)
    distances = (pixels**2).sum(1, keepdims=True) - 2 * pixels @ keys.T + (keys**2).sum(1)[None]
    nearest = distances.argmin(1)
    fresh = np.stack([random_colour(rng) for _ in keys])
    dark = np.clip((pixels.max(1, keepdims=True) - 40) / 40, 0, 1)  # 0 on ink, 1 on colour
    shaded = fresh[nearest] + 0.7 * (pixels - keys[nearest])
    mixed = dark * shaded + (1 - dark) * pixels
    return np.clip(mixed, 0, 255).astype(np.uint8).reshape(rgb.shape)


def _key_colours(figure: Rendered, most: int = 10) -> NDArray[np.float32]:
    """The figure's main flat colours, float32 [K, 3], ink left out."""
    pixels = figure.rgba[::2, ::2].reshape(-1, 4)
    pixels = pixels[(pixels[:, 3] > 200) & (pixels[:, :3].max(1) > 75)][:, :3]
    if len(pixels) < 20:
        return np.zeros((0, 3), np.float32)
    coarse = (pixels >> 5).astype(np.int32)
    bins = coarse[:, 0] * 64 + coarse[:, 1] * 8 + coarse[:, 2]
    counts = np.bincount(bins, minlength=512)
    chosen = np.argsort(-counts, kind="stable")[:most]
    chosen = chosen[counts[chosen] > 0.01 * len(pixels)]
    sums = np.stack([np.bincount(bins, pixels[:, c], 512) for c in range(3)], 1)
    return (sums[chosen] / counts[chosen, None]).astype(np.float32)


class Composer:
    """Makes scenes of one split's figures.

    Args:
        store: the figures.
        side: pixels of a scene's side.
    """

    def __init__(self, store: Store, side: int = 256) -> None:
        self.store = store
        self.side = side
        self.sources = [name for name in store.names if store.indices[name]]
        weights = np.array([SOURCE_SHARES.get(name, 0.1) for name in self.sources])
        self.weights = weights / weights.sum()

    def figure(self, rng: np.random.Generator) -> Rendered:
        """One figure of a source drawn by its share."""
        name = self.sources[rng.choice(len(self.sources), p=self.weights)]
        return self.store.get(name, int(rng.integers(len(self.store.indices[name]))))

    def compose(self, rng: np.random.Generator) -> Scene:
        """A scene; the same generator state gives the same scene."""
        if rng.random() < 0.2:
            return self._panels(rng)
        return self._panel(rng, self.side, self.side)

    def single(self, figure: Rendered, rng: np.random.Generator | None = None) -> Scene:
        """One figure on white, in its own colours unless `rng` is given."""
        scene = _blank(self.side, self.side)
        rgb = figure.rgba[..., :3] if rng is None else recolour(figure, rng)
        _paste(scene, figure, rgb, (0, 0), self.side, False)
        return scene

    def _panels(self, rng: np.random.Generator) -> Scene:
        page = _blank(self.side, self.side)
        gutter = int(self.side * rng.uniform(0.015, 0.04))
        middle = int(self.side * rng.uniform(0.35, 0.65))
        spans = [(gutter, middle - gutter // 2), (middle + gutter // 2, self.side - gutter)]
        for start, stop in spans:
            panel = self._panel(rng, stop - start, self.side - 2 * gutter, most=3)
            width = _LINE_WIDTHS[rng.integers(len(_LINE_WIDTHS))]
            edge = (panel.sketch.shape[1] - 1, panel.sketch.shape[0] - 1)
            cv2.rectangle(panel.rgb, (0, 0), edge, (0, 0, 0), width)
            cv2.rectangle(panel.sketch, (0, 0), edge, 0, width)
            page.rgb[start:stop, gutter : self.side - gutter] = panel.rgb
            page.sketch[start:stop, gutter : self.side - gutter] = panel.sketch
        return page

    def _panel(self, rng: np.random.Generator, height: int, width: int, most: int = 5) -> Scene:
        scene = _blank(height, width)
        style = rng.random()
        if style > 0.3:
            scene.rgb[:] = random_colour(rng)
        if style > 0.5:
            _draw_grounds(scene, rng)
        count = int(rng.integers(1, most + 1))
        short = min(height, width)
        for _ in range(count):
            figure = self.figure(rng)
            rgb = recolour(figure, rng) if rng.random() < RECOLOURED else figure.rgba[..., :3]
            largest = 1.15 if count == 1 else 0.9
            side = int(short * rng.uniform(0.85 if count == 1 else 0.35, largest))
            left = int(rng.uniform(-0.15 * side, max(width - 0.85 * side, 1)))
            top = int(rng.uniform(-0.1 * side, max(height - 0.85 * side, 1)))
            _paste(scene, figure, rgb, (left, top), side, bool(rng.random() < 0.5))
        return scene


def _blank(height: int, width: int) -> Scene:
    return Scene(
        np.full((height, width, 3), 255, np.uint8), np.full((height, width), 255, np.uint8)
    )


def _draw_grounds(scene: Scene, rng: np.random.Generator) -> None:
    """One to three grounds (sky, hills, floor), each ending on a drawn line."""
    height, width = scene.sketch.shape
    for _ in range(int(rng.integers(1, 4))):
        knots = np.linspace(0, width - 1, int(rng.integers(2, 6)))
        level = height * rng.uniform(0.3, 0.9)
        heights = level + height * rng.uniform(0, 0.12) * rng.standard_normal(len(knots))
        columns = np.arange(width)
        edge = np.stack([columns, np.interp(columns, knots, heights)], 1).astype(np.int32)
        outline = np.concatenate([edge, [[width - 1, height], [0, height]]]).astype(np.int32)
        cv2.fillPoly(scene.rgb, [outline], [float(c) for c in random_colour(rng)])
        cv2.fillPoly(scene.sketch, [outline], 255)
        thickness = _LINE_WIDTHS[rng.integers(len(_LINE_WIDTHS))]
        cv2.polylines(scene.sketch, [edge], False, 0, thickness, cv2.LINE_AA)
        cv2.polylines(scene.rgb, [edge], False, (20, 20, 20), thickness, cv2.LINE_AA)


def _paste(
    scene: Scene, figure: Rendered, rgb: NDArray[np.uint8], corner: tuple[int, int], side: int,
    flip: bool,
) -> None:  # fmt: skip
    """Lays a figure over a scene: its colours, its silhouette as paper, its lines."""
    method = cv2.INTER_AREA if side < SIDE else cv2.INTER_LINEAR
    alpha = cv2.resize(figure.rgba[..., 3], (side, side), interpolation=method)
    colour = cv2.resize(rgb, (side, side), interpolation=method)
    line = cv2.resize(figure.line, (side, side), interpolation=method)
    if not figure.true_line:
        # A silhouette line, since the figure's own may end where its ground was white.
        rim = cv2.morphologyEx(alpha, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        line = np.minimum(line, 255 - rim)
    if flip:
        alpha, colour, line = alpha[:, ::-1], colour[:, ::-1], line[:, ::-1]
    left, top = corner
    height, width = scene.sketch.shape
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + side, width), min(top + side, height)
    if x0 >= x1 or y0 >= y1:
        return
    inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    target = (slice(y0, y1), slice(x0, x1))
    cover = alpha[inside].astype(np.float32)[..., None] / 255
    scene.rgb[target] = scene.rgb[target] * (1 - cover) + colour[inside] * cover
    covered = scene.sketch[target] * (1 - cover[..., 0]) + 255 * cover[..., 0]
    scene.sketch[target] = covered * (line[inside].astype(np.float32) / 255)


def build_scenes(composer: Composer, count: int, seed: int, target: Path) -> Path:
    """Composes scenes into one file that training maps into memory.

    Args:
        composer: of the figures of one split.
        count: how many scenes.
        seed: of the first; scene i uses seed + i.
        target: file to write: uint8 [count, side, side, 4], R G B and sketch. Written whole or
            not at all.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with open(partial, "wb") as file:
        for index in track(range(count), f"compose {target.stem}"):
            scene = composer.compose(np.random.default_rng(seed + index))
            file.write(np.dstack([scene.rgb, scene.sketch]).tobytes())
    partial.rename(target)
    return target
