"""Training pairs: packed scenes, varied and sized on the fly, the same for the same seed."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from gp_canvas.lines.numbering import number_pieces
from gp_canvas.lines.on_grid import on_grid
from gp_canvas.lines.pieces import find_pieces
from gp_canvas.lines.raster import to_grid
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from gp_training.data.sketch import vary_lines


def to_tensors(
    rgb: NDArray[np.uint8], sketch: NDArray[np.uint8], side: int, with_pieces: bool = True
) -> tuple[Tensor, Tensor, Tensor]:
    """A square picture and its sketch at a training size.

    Args:
        rgb: uint8 [S, S, 3].
        sketch: uint8 [S, S], 255 = paper.
        side: pixels wanted.
        with_pieces: find them, which takes longer than all the rest.

    Returns:
        Sketch float32 [1, side, side] in [-1, 1], picture float32 [3, side, side] in [-1, 1],
        pieces int64 [side, side]; without them all is piece 0.
    """
    if rgb.shape[:2] != (side, side):
        rgb = np.asarray(cv2.resize(rgb, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    # The engine's own way to the grid, so that lines fade no more in training than in use.
    line, grid = to_grid(np.ascontiguousarray(sketch), side, 1)
    pieces = np.zeros((side, side), np.int64)
    if with_pieces:
        found = find_pieces(np.ascontiguousarray(sketch))
        pieces = number_pieces(on_grid(found, grid).filled).astype(np.int64)
    picture = np.ascontiguousarray(rgb.transpose(2, 0, 1), dtype=np.float32) / 127.5 - 1
    return (
        torch.from_numpy(line * 2 - 1)[None],
        torch.from_numpy(picture),
        torch.from_numpy(pieces),
    )


class ScenePack(Dataset):
    """Scenes of one or more packs; item i depends on the seed and i alone.

    Args:
        packs: files written by `build_scenes`.
        side: of the pairs.
        seed: of the variation; None: scenes in order, unchanged (validation).
        pack_side: of the packed scenes.
        with_pieces: see `to_tensors`.
    """

    def __init__(
        self, packs: Sequence[Path], side: int, seed: int | None, pack_side: int = 256,
        with_pieces: bool = True,
    ) -> None:  # fmt: skip
        record = pack_side * pack_side * 4
        self.maps = [
            np.memmap(
                path, np.uint8, "r",
                shape=(path.stat().st_size // record, pack_side, pack_side, 4),
            )
            for path in packs
        ]  # fmt: skip
        self.starts = np.cumsum([0, *(len(pack) for pack in self.maps)])
        self.side = side
        self.seed = seed
        self.with_pieces = with_pieces

    def __len__(self) -> int:
        return int(self.starts[-1])

    def scene(self, index: int) -> NDArray[np.uint8]:
        """Packed scene, uint8 [S, S, 4]."""
        pack = int(np.searchsorted(self.starts, index, side="right")) - 1
        return np.asarray(self.maps[pack][index - self.starts[pack]])

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        if self.seed is None:
            packed = self.scene(index)
            return to_tensors(packed[..., :3], packed[..., 3], self.side, self.with_pieces)
        rng = np.random.default_rng([self.seed, index])
        packed = self.scene(int(rng.integers(len(self))))
        rgb, sketch = vary(packed[..., :3], packed[..., 3], rng, self.side)
        return to_tensors(rgb, sketch, self.side, self.with_pieces)


def vary(
    rgb: NDArray[np.uint8], sketch: NDArray[np.uint8], rng: np.random.Generator, target: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Flip, crop, colour and line changes of one scene.

    Args:
        rgb: uint8 [S, S, 3].
        sketch: uint8 [S, S].
        rng: decides.
        target: side that the pair will be resized to. Crops are at least as large, so that a
            small training size sees details at the size at which the bundle will see them.
    """
    side = sketch.shape[0]
    if rng.random() < 0.5:
        rgb, sketch = rgb[:, ::-1], sketch[:, ::-1]
    if rng.random() < 0.75:
        size = int(side * rng.uniform(min(target / side, 0.9), 1))
        top, left = rng.integers(0, side - size + 1, 2)
        rgb = rgb[top : top + size, left : left + size]
        sketch = sketch[top : top + size, left : left + size]
    if rng.random() < 0.15:
        rgb = rgb[..., rng.permutation(3)]
    sketch = vary_lines(np.ascontiguousarray(sketch), rng)
    return np.ascontiguousarray(rgb), sketch


def _quiet_worker(_: int) -> None:
    # A signal to the process group is for the trainer, which finishes its step and saves.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # One thread a worker: OpenCV's own pool would fight with training for two cores.
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def loader(data: ScenePack, start: int, stop: int, batch: int, workers: int) -> DataLoader:
    """Batches of items start..stop-1, in order, so that a resumed run sees what it would have."""
    return DataLoader(
        data,
        batch_size=batch,
        sampler=range(start, stop),
        num_workers=workers,
        drop_last=True,
        worker_init_fn=_quiet_worker,
        persistent_workers=False,
    )
