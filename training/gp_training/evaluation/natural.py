"""A look at g while it learns from pictures in their own colours: hints, colours offered, rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gp_training.data.samples import Sample, load_sample
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.pieces import piece_sums, spread_pieces
from gp_training.recipe.metrics import to_lab
from gp_training.recipe.presets import Phase
from gp_training.run.fit import Trainer

HINT_COUNTS = (0, 1, 3, 8, 30)
_SHOWN = (0, 3, 30)  # hints in the picture
_CLEAR, _NEAR_HUE = 15.0, 30.0  # Lab chroma from which there is a hue; degrees
_HUES = np.arange(0, 360, 10)
_MULTIPLE = 32


@dataclass(frozen=True)
class Look:
    """Judges a trainer's g; what `gp_training.run.fit.Trainer` calls now and then.

    Attributes:
        root: samples of the validation split.
        pages: how many are measured, evenly from all.
        rows: how many are drawn.
    """

    root: Path
    pages: int = 20
    rows: int = 10

    def __call__(
        self, trainer: Trainer, phase: Phase
    ) -> tuple[dict[str, float], NDArray[np.uint8]]:
        """PSNR on paper by hints, and how well what is offered without any is met."""
        files = sorted(self.root.glob("*/*/*.npz"))
        files = files[:: max(1, len(files) // self.pages)][: self.pages]
        g = trainer.networks["g"]
        assert isinstance(g, Colorizer)
        rows, sheet = [], []
        with torch.no_grad(), trainer.learners.autocast:
            for number, file in enumerate(files):
                seen = examine(g, load_sample(file))
                rows.append(seen[0])
                if number % max(1, len(files) // self.rows) == 0:
                    sheet.append(_row(seen[1]))
        values = {n: float(np.nanmean([row[n] for row in rows])) for n in rows[0]}
        constant = [values.pop(f"hue {hue}") for hue in _HUES.tolist()]
        return {**values, "hue of all": max(constant)}, np.concatenate(sheet)


def tensors(sample: Sample) -> tuple[Tensor, Tensor, Tensor]:
    """A sample as g takes it: sketch, picture, pieces, padded with paper."""
    height, width = sample.line.shape
    below, right = -height % _MULTIPLE, -width % _MULTIPLE
    beside = ((0, below), (0, right))
    line = np.pad(sample.line, beside, constant_values=255)
    rgb = np.pad(sample.rgb, (*beside, (0, 0)), constant_values=255)
    pieces = np.pad(sample.pieces, beside, mode="edge")
    return (
        torch.from_numpy(line.astype(np.float32) / 127.5 - 1)[None, None],
        torch.from_numpy(rgb.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1)[None],
        torch.from_numpy(pieces.astype(np.int64))[None],
    )


def examine(g: Colorizer, sample: Sample) -> tuple[dict[str, float], list[NDArray[np.uint8]]]:
    """Numbers of one page, and its pictures: true, painted with few to many hints, offered."""
    sketch, picture, pieces = tensors(sample)
    height, width = sample.line.shape
    inside = np.s_[:, :, :height, :width]
    count = int(pieces.max()) + 1
    paper = (sketch + 1) / 2
    sums = piece_sums(torch.cat((picture * paper, paper), 1), pieces, count)
    means = sums[:, :3] / sums[:, 3:].clamp_min(1e-3)
    order = sums[0, 3].argsort(descending=True, stable=True)
    values: dict[str, float] = {}
    offered = np.zeros((count, 3), np.uint8)
    shown = [sample.line[..., None].repeat(3, 2), sample.rgb]
    for hints in HINT_COUNTS:
        table = torch.zeros(1, 4, count)
        given = order[:hints]
        table[:, :3, given], table[:, 3, given] = means[:, :, given], 1.0
        spread = spread_pieces(table, pieces)
        painted = g(sketch, spread[:, :3], spread[:, 3:], spread[:, 3:])
        missed = (((painted.float() - picture) / 2) ** 2 * paper)[inside].sum()
        error = float(missed / (3 * paper[inside].sum()))
        values[f"paper psnr@{hints}"] = float(-10 * np.log10(max(error, 1e-10)))
        if hints == 0:
            leaning = piece_sums(torch.cat((painted.float() * paper, paper), 1), pieces, count)[0]
            offered = leaning[:3] / leaning[3:].clamp_min(1e-3)
            offered = np.round((offered.T.clamp(-1, 1).numpy() + 1) * 127.5).astype(np.uint8)
        if hints in _SHOWN:
            shown.append(_bytes(painted[0, :, :height, :width]))
    values |= _judge(means[0].T.numpy(), offered, sums[0, 3].numpy())
    flats = offered[pieces[0, :height, :width].numpy()]
    ink = sample.line[..., None].astype(np.float32) / 255
    shown.append((flats * ink).astype(np.uint8))
    return values, shown


def _judge(
    means: NDArray[np.float32], offered: NDArray[np.uint8], sizes: NDArray[np.float32]
) -> dict[str, float]:
    true, given = to_lab((means + 1) / 2), to_lab(offered / 255)
    weights = np.sqrt(np.maximum(sizes, 0)).astype(np.float64)
    clear = weights * (np.hypot(true[:, 1], true[:, 2]) > _CLEAR)
    away = np.linalg.norm(given - true, axis=1)

    def hue(lab: NDArray) -> NDArray:
        return np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))

    def met(one: NDArray | int) -> float:
        near = np.abs((one - hue(true) + 180) % 360 - 180) < _NEAR_HUE
        return float(np.average(near, weights=clear)) if clear.sum() else float("nan")

    gray = np.hypot(given[:, 1], given[:, 2]) < _CLEAR
    return {
        "delta E": float(np.average(away, weights=weights)),
        "coloured": float(np.average(away, weights=clear)) if clear.sum() else float("nan"),
        "hue": met(np.where(gray, 720 * 1000 + hue(true) + 180, hue(given))),
        "gray": float(np.average(gray, weights=weights)),
        **{f"hue {one}": met(one) for one in _HUES.tolist()},
    }


def _bytes(picture: Tensor) -> NDArray[np.uint8]:
    return ((picture.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()


def _row(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures side by side in squares."""
    cells = []
    for picture in pictures:
        cell = np.full((256, 256, 3), 128, np.uint8)
        cell[: picture.shape[0], : picture.shape[1]] = picture
        cells.append(cell)
    return np.concatenate(cells, 1)
