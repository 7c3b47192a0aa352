"""How many clicks a picture takes, counted by rule on pictures that are known.

Scenes are those of the test split, from works that no network was trained on. A page starts white.
Every way to colour does the most useful thing first, as far as one can tell beforehand:

- guide: our regions in their order, each in the median of its true colours; then, when the regions
  are used up, bucket fills. A region that is white counts as an action too (it is skipped).
- bucket fill: the largest wrong area between lines first.
- bucket fill, gaps closed: the same on areas with gaps in the lines closed, which is what GIMP's
  line-art detection is for (ours stand in for it: GIMP's procedures do not offer theirs).
- Colorize Mask: strokes for the largest true flats first, painted by Krita itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cc3d
import cv2
import gp_client
import numpy as np
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_daemon.areas import find_areas
from gp_training.data.pairs import ScenePack
from numpy.typing import NDArray
from platformdirs import user_cache_path

from benchmarks.report import Curve
from benchmarks.rig import private_daemon

_NEAR = 24  # of 255: colours closer than that are the same to the eye of a flatter
_PAPER = 200  # lighter than this is paper, and counts
_SCALE = 3  # scenes are packed at 256 px
_MOST = 60  # actions
_SMALLEST = 30  # pixels: nobody fills what he cannot see
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

    def right(self, picture: NDArray[np.uint8]) -> float:
        """Share of the paper on which a picture has the true colour."""
        return float(self.correct(picture)[self.gray > _PAPER].mean())

    def correct(self, picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Where a picture has the true colour, bool [H, W]."""
        return np.asarray(cv2.absdiff(picture, self.truth)).max(axis=2) < _NEAR

    def color(self, mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """The median of the true colours of the paper in a mask, uint8 [3]."""
        paper = self.truth[mask & (self.gray > _PAPER)]
        return np.median(paper if len(paper) else self.truth[mask], axis=0).astype(np.uint8)


def scenes(count: int) -> list[Scene]:
    """Scenes of the test split.

    Raises:
        GuidingPainterError: BAD_REQUEST where none were composed yet.
    """
    pack = user_cache_path("guidingpainter") / "scenes" / "test-0.bin"
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


def guide(client: gp_client.Client, scene: Scene) -> list[float]:
    """Shares that are right after 0, 1, 2 ... regions of ours, then bucket fills."""
    height, width = scene.gray.shape
    page = client.open(scene.gray.tobytes(), width, height)
    picture = np.full_like(scene.truth, 255)
    shares = [scene.right(picture)]
    for region in page.regions:
        mask = page.mask(region.number)
        x, y, w, h = mask.bbox
        inside = np.zeros(scene.gray.shape, np.bool_)
        inside[y : y + h, x : x + w] = np.frombuffer(mask.data, np.uint8).reshape(h, w) > 127
        picture[inside] = scene.color(inside)
        shares.append(scene.right(picture))
    page.close()
    return shares + bucket(scene, _between_lines(scene), picture)[1:]


def bucket(
    scene: Scene, areas: NDArray[np.integer], picture: NDArray[np.uint8] | None = None
) -> list[float]:
    """Shares that are right after 0, 1, 2 ... fills.

    Args:
        scene: what to colour.
        areas: what a fill fills, [H, W]; 0 is nothing.
        picture: to go on with; None: a white page.
    """
    picture = np.full_like(scene.truth, 255) if picture is None else picture.copy()
    wrong = ~scene.correct(picture) & (scene.gray > _PAPER)
    amounts = np.bincount(areas[wrong].ravel(), minlength=int(areas.max()) + 1)
    amounts[0] = 0
    shares = [scene.right(picture)]
    for number in np.argsort(-amounts, kind="stable")[:_MOST]:
        if amounts[number] < _SMALLEST:
            break
        area = areas == number
        before = picture[area].copy()
        picture[area] = scene.color(area)
        share = scene.right(picture)
        if share <= shares[-1]:  # nobody spoils what is right for the most part
            picture[area] = before
            continue
        shares.append(share)
    return shares


def strokes(scene: Scene, most: int) -> list[tuple[int, int, int, tuple[int, int, int]]]:
    """Dots for Colorize Mask: x, y, half width and colour; the largest true flat first."""
    coarse = (scene.truth // _NEAR).astype(np.uint32)
    codes = (coarse[..., 0] * 16 + coarse[..., 1]) * 16 + coarse[..., 2] + 1
    codes[scene.gray <= _PAPER] = 0
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
        red, green, blue = scene.color(flat).tolist()
        found.append((int(x), int(y), half, (red, green, blue)))
    return found


def _between_lines(scene: Scene) -> NDArray[np.integer]:
    return np.asarray(cc3d.connected_components(scene.gray > _PAPER, connectivity=4), np.int64)


def count(found: Sequence[Scene]) -> list[Curve]:
    """The curves of guide and bucket fills, averaged over scenes."""
    ways: dict[str, list[list[float]]] = {}
    with private_daemon(), gp_client.connect(start=True, device="cpu") as client:
        for scene in found:
            closed = find_areas(scene.gray).labels.astype(np.int64) + 1
            ways.setdefault("guide (ours)", []).append(guide(client, scene))
            ways.setdefault("bucket fill", []).append(bucket(scene, _between_lines(scene)))
            ways.setdefault("bucket fill, gaps closed", []).append(bucket(scene, closed))
    return [_mean(name, shares) for name, shares in ways.items()]


def _mean(name: str, shares: list[list[float]]) -> Curve:
    """One curve of many; who is done stays where he is."""
    most = min(_MOST, max(len(one) for one in shares) - 1)
    filled = [one[: most + 1] + [one[-1]] * (most + 1 - len(one)) for one in shares]
    means = np.mean(filled, axis=0)
    return Curve(name, len(shares), tuple(range(most + 1)), tuple(float(mean) for mean in means))
