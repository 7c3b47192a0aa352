"""Numbers and pictures on held-out scenes: PSNR by hints, regions under argmax."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gp_training.data.pairs import ScenePack
from gp_training.guidance import choose, hint_maps, mean_colours

HINT_COUNTS = (0, 1, 2, 3, 5, 8, 12, 30)
# A region smaller than this share of the picture is not worth a colourist's click.
VISIBLE = 0.005


def psnr(painted: Tensor, picture: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each picture in dB; inputs [B, 3, H, W] in [-1, 1]."""
    error = ((painted.clamp(-1, 1) - picture) ** 2).mean((1, 2, 3)) / 4
    return -10 * torch.log10(error.clamp_min(1e-10))


def compact(segments: Tensor) -> Tensor:
    """Moves empty regions to the end, keeping the order: a user is offered none of them.

    Args:
        segments: one-hot [B, N, H, W].
    """
    empty = (segments.sum((2, 3)) == 0).to(torch.int8)
    order = torch.sort(empty, dim=1, stable=True).indices
    return segments.gather(1, order[..., None, None].expand_as(segments))


def first_regions(segments: Tensor, count: int) -> Tensor:
    """The first `count` regions that are not empty, float [B, N]."""
    present = (segments.sum((2, 3)) > 0).float()
    return present * (present.cumsum(1) <= count).float()


def flat_prefix(segments: Tensor, picture: Tensor, paper: Tensor, count: int) -> Tensor:
    """What hints alone achieve: region means for the first `count`, the rest's mean elsewhere."""
    rest = segments[:, count:].sum(1, keepdim=True)
    merged = torch.cat((segments[:, :count], rest), 1)
    colours = mean_colours(merged, picture, paper)
    return torch.einsum("bnhw,bnc->bchw", merged, colours)


@torch.no_grad()
def paint(
    g: nn.Module, sketch: Tensor, picture: Tensor, segments: Tensor, hinted: Tensor, weighted: bool
) -> Tensor:
    """g's picture when the hinted regions get their true mean colours.

    Args:
        g: colorizer in eval mode.
        sketch: [B, 1, H, W].
        picture: [B, 3, H, W].
        segments: one-hot [B, N, H, W].
        hinted: float [B, N].
        weighted: colours are means over paper.
    """
    paper = (sketch + 1) / 2 if weighted else None
    colours = mean_colours(segments, picture, paper)
    colour_map, mask = hint_maps(segments, colours, hinted)
    return g(sketch, colour_map, mask, segments)


@torch.no_grad()
def validate(
    f: nn.Module, g: nn.Module | None, data: ScenePack, weighted: bool, count: int = 64,
    batch: int = 8,
) -> dict[str, float]:  # fmt: skip
    """Means over the first `count` scenes; without g only the regions are judged.

    Returns:
        "regions": regions of at least 0.5 % under argmax; "share1", "share2", "share3": of the
        first regions in priority order; "psnr@n": of g with the first n hints; "flat@n": of flat
        colours with the first n hints, dB.
    """
    device = next(f.parameters()).device
    sums: dict[str, float] = {}
    seen = 0
    for start in range(0, min(count, len(data)), batch):
        items = [data[i] for i in range(start, min(start + batch, count, len(data)))]
        sketch, picture, pieces = (
            torch.stack(part).to(device) for part in zip(*items, strict=True)
        )
        segments = choose(f(sketch, pieces), 1.0, "argmax")
        ranked = compact(segments)
        shares = ranked.mean((2, 3))
        values = {"regions": (shares >= VISIBLE).sum(1).float()}
        for index in range(3):
            values[f"share{index + 1}"] = shares[:, index]
        paper = (sketch + 1) / 2
        for hints in HINT_COUNTS:
            # The ink is given; flat colours are judged as they would be seen, under the lines.
            flat = flat_prefix(ranked, picture, paper, hints)
            values[f"flat@{hints}"] = psnr((flat + 1) * paper - 1, picture)
            if g is not None:
                hinted = first_regions(segments, hints)
                painted = paint(g, sketch, picture, segments, hinted, weighted)
                values[f"psnr@{hints}"] = psnr(painted, picture)
        for name, value in values.items():
            sums[name] = sums.get(name, 0.0) + float(value.sum())
        seen += len(items)
    return {name: value / seen for name, value in sums.items()}


def region_palette(count: int) -> NDArray[np.uint8]:
    """Distinct colours for regions in priority order, uint8 [count, 3] RGB."""
    hues = (np.arange(count) * 0.618034 % 1 * 180).astype(np.uint8)
    values = np.where(np.arange(count) % 2, 190, 245).astype(np.uint8)
    hsv = np.stack([hues, np.full(count, 150, np.uint8), values], 1)[None]
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]


@torch.no_grad()
def picture_grid(
    f: nn.Module, g: nn.Module, data: ScenePack, weighted: bool, indices: Iterable[int]
) -> NDArray[np.uint8]:
    """Rows of sketch | picture | regions | painted with 0, 2, 5 and all hints; uint8 RGB."""
    rows = []
    device = next(f.parameters()).device
    for index in indices:
        sketch, picture, pieces = (t[None].to(device) for t in data[index])
        segments = choose(f(sketch, pieces), 1.0, "argmax")
        regions = segments.shape[1]
        labels = segments.argmax(1)[0].cpu().numpy()
        panels = [sketch.expand(-1, 3, -1, -1), picture]
        painted = [
            paint(g, sketch, picture, segments, first_regions(segments, n), weighted)
            for n in (0, 2, 5, regions)
        ]
        tiles = [_to_image(panel) for panel in panels]
        tiles.append(region_palette(regions)[labels])
        tiles += [_to_image(panel) for panel in painted]
        rows.append(np.hstack(tiles))
    return np.vstack(rows)


def _to_image(picture: Tensor) -> NDArray[np.uint8]:
    array = picture[0].cpu().numpy().transpose(1, 2, 0)
    return np.clip((array + 1) * 127.5, 0, 255).round().astype(np.uint8)
