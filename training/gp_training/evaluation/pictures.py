"""Contact sheets of results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gp_training.data.held_out import Method, Scene
from gp_training.evaluation.methods import GuidingPainter
from gp_training.evaluation.snail import SnailResult
from gp_training.evaluation.snail_pages import SnailSettings, make_pages
from gp_training.networks.guidance import choose, hint_maps, mean_colors, prefix_mask

SHEET_COUNTS = (0, 1, 3, 5, 30)


def to_image(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Float [3, H, W] or [H, W] in 0..1 to uint8 [H, W, 3]."""
    if picture.ndim == 2:
        picture = np.repeat(picture[None], 3, 0)
    return (np.clip(picture, 0, 1).transpose(1, 2, 0) * 255).round().astype(np.uint8)


def region_palette(count: int) -> NDArray[np.uint8]:
    """Distinct colours for regions in priority order, uint8 [count, 3] RGB."""
    hues = (np.arange(count) * 0.618034 % 1 * 180).astype(np.uint8)
    values = np.where(np.arange(count) % 2, 190, 245).astype(np.uint8)
    hsv = np.stack([hues, np.full(count, 150, np.uint8), values], 1)[None]
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]


def contact_sheet(
    methods: Sequence[Method], scenes: Sequence[Scene], counts: Sequence[int] = SHEET_COUNTS
) -> NDArray[np.uint8]:
    """One row a scene and method: sketch | picture | regions, if any | painted from hints.

    Args:
        methods: rows of a scene, in this order; where there are several, each row has its name.
        scenes: all are drawn.
        counts: of hints.

    Returns:
        RGB, uint8 [height, width, 3].
    """
    rows = []
    for scene in scenes:
        for method in methods:
            tiles = [to_image(scene.sketch), to_image(scene.picture)]
            if isinstance(method, GuidingPainter):
                tiles.append(region_palette(method.regions)[method.divide(scene).labels])
            else:
                tiles.append(np.full_like(tiles[0], 255))
            if len(methods) > 1:
                tiles.insert(0, _label(method.name, scene.sketch.shape[0]))
            tiles += [to_image(picture) for picture in method.paint(scene, counts)]
            rows.append(np.hstack(tiles))
    return np.vstack(rows)


def _label(text: str, height: int) -> NDArray[np.uint8]:
    """Words on white, one a line, to stand left of a row."""
    tile = Image.new("RGB", (110, height), "white")
    lines = "\n".join(text.split())
    ImageDraw.Draw(tile).multiline_text((6, height // 2), lines, "black", anchor="lm")
    return np.asarray(tile, np.uint8)


@torch.no_grad()
def snail_sheet(path: Path, result: SnailResult, settings: SnailSettings, seed: int = 0) -> None:
    """The paper's Fig. 4: sketch | picture | each priority's segment in its mean colour | painted.

    Args:
        path: PNG to write.
        result: of a training.
        settings: that it was trained with.
        seed: of the pages drawn.
    """
    pages = make_pages(6, 20_000_003 + seed, settings)
    segments = choose(result.f(pages.sketch), 1.0, "argmax")
    rectangles = (pages.sketch + 1) / 2
    colors = mean_colors(segments, pages.picture, rectangles)
    columns = [pages.sketch.expand(-1, 3, -1, -1), pages.picture]
    for index in range(settings.regions):
        # What f says of the dark ground nobody pays for, so it is left out.
        alone = segments[:, index : index + 1] * rectangles
        flat = colors[:, index, :, None, None].expand_as(pages.picture)
        columns.append(flat * alone + (1 - alone))
    for count in range(settings.regions + 1):
        hinted = prefix_mask(count, settings.regions).expand(len(segments), -1)
        columns.append(result.g(pages.sketch, *hint_maps(segments, colors, hinted), segments))
    factor = max(1, 64 // settings.side)
    rows = []
    for page in range(len(segments)):
        tiles = [_enlarged(to_image((column[page].numpy() + 1) / 2), factor) for column in columns]
        rows.append(np.hstack(tiles))
    Image.fromarray(np.vstack(rows)).save(path)


def _enlarged(tile: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    big = cv2.resize(tile, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
    framed = cv2.copyMakeBorder(big, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(128,) * 3)
    return np.asarray(framed, np.uint8)
