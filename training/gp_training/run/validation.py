"""A look at a run while it trains: PSNR by hints, regions under argmax, a picture.

Batched and in the run's own precision; `gp_training.evaluation.evaluate` is the full and exact
account.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gp_training.baselines.common import Baseline
from gp_training.data.held_out import take_scenes
from gp_training.data.pairs import ScenePack
from gp_training.networks.guidance import choose, hint_maps, mean_colours
from gp_training.networks.luminance import rgb_to_lab
from gp_training.recipe.bench import Bench
from gp_training.recipe.metrics import psnr as array_psnr
from gp_training.recipe.presets import Phase, Preset
from gp_training.recipe.tasks import Task

HINT_COUNTS = (0, 1, 2, 3, 5, 8, 12, 30)
# A region smaller than this share of the picture is not worth a colourist's click.
VISIBLE = 0.005


def validate_run(
    task: Task, bench: Bench, preset: Preset, phase: Phase, data: ScenePack
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Numbers and a picture of a run's networks, which are in eval mode.

    Returns:
        For ours, see `validate` and `picture_grid`; for a baseline, "psnr@n" on 16 scenes, and
        rows of sketch | picture | painted with 0, 2, 5 and all hints.
    """
    if isinstance(task, Baseline):
        method = task.method(bench.networks)
        sums: dict[str, list[float]] = {}
        rows = []
        with bench.autocast:
            for scene in take_scenes(data, 16):
                painted = method.paint(scene, HINT_COUNTS)
                for count, picture in zip(HINT_COUNTS, painted, strict=True):
                    sums.setdefault(f"psnr@{count}", []).append(array_psnr(picture, scene.picture))
                panels = [np.repeat(scene.sketch[None], 3, 0), scene.picture]
                panels += [painted[HINT_COUNTS.index(n)] for n in (0, 2, 5, HINT_COUNTS[-1])]
                rows.append(
                    np.hstack([_to_image(torch.from_numpy(p)[None] * 2 - 1) for p in panels])
                )
        return {name: float(np.mean(values)) for name, values in sums.items()}, np.vstack(rows[:8])
    f, g = bench.networks["f"], bench.networks["g"]
    gray = preset.mode == "gray"
    with bench.autocast:
        painter = g if "g" in phase.learn else None
        values = validate(f, painter, data, preset.paper_weighted, count=48, gray=gray)
        shown = range(min(8, len(data)))  # own pictures may be few
        grid = picture_grid(f, g, data, preset.paper_weighted, shown, gray)
    return values, grid


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
    batch: int = 8, gray: bool = False,
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
        paper = (sketch + 1) / 2
        if gray:
            sketch = rgb_to_lab(picture)[:, :1]
        segments = choose(f(sketch, pieces), 1.0, "argmax")
        ranked = compact(segments)
        shares = ranked.mean((2, 3))
        values = {"regions": (shares >= VISIBLE).sum(1).float()}
        for index in range(3):
            values[f"share{index + 1}"] = shares[:, index]
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
    f: nn.Module, g: nn.Module, data: ScenePack, weighted: bool, indices: Iterable[int],
    gray: bool = False,
) -> NDArray[np.uint8]:  # fmt: skip
    """Rows of sketch | picture | regions | painted with 0, 2, 5 and all hints; uint8 RGB."""
    rows = []
    device = next(f.parameters()).device
    for index in indices:
        sketch, picture, pieces = (t[None].to(device) for t in data[index])
        if gray:
            sketch = rgb_to_lab(picture)[:, :1]
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
