"""What f answers of pages whose colours are known, and how well: training, tests and export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gp_canvas.regions.relations import find_relations
from numpy.typing import NDArray
from torch import Tensor

from gp_training.data.truth import Page, kind_of, load_page, same_color
from gp_training.networks.affinity import Affinity


@dataclass(frozen=True)
class Answer:
    """A page and what f says of it.

    Attributes:
        page: with its truth.
        affinity: float32 [n, n], log-odds that two pieces have the same colour.
        blank: float32 [n], log-odds that a piece stays white.
        kind: where the page comes from, "real" or "composed".
        file: of the page.
    """

    page: Page
    affinity: NDArray[np.float32]
    blank: NDArray[np.float32]
    kind: str
    file: Path

    @property
    def pairs(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Log-odds of each pair of pieces, and whether it is of one colour: both [n (n-1) / 2]."""
        upper = np.triu_indices(self.page.count, 1)
        same = same_color(self.page.colors, self.page.colors)
        return self.affinity[upper], same[upper]

    @property
    def auc(self) -> float:
        """Area under the curve of "same colour" inside the page; nan where there is one class."""
        return auc(*self.pairs)


def answers(f: Affinity, files: Iterable[Path]) -> Iterator[Answer]:
    """Asks f about pages, one after the other. Leaves f in evaluation mode."""
    f.eval()
    for file in files:
        page = load_page(file)
        with torch.no_grad():
            _, affinity, blank = f(*inputs_of(page))
        yield Answer(page, affinity.numpy(), blank.numpy(), kind_of(file), file)


def inputs_of(page: Page) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """sketch, pieces, shape and relation as `Affinity.forward` takes them."""
    return tensors_of(page.gray, page.labels, page.count)


def tensors_of(
    gray: NDArray[np.uint8], labels: NDArray[np.integer], count: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The same of line art alone.

    Args:
        gray: uint8 [H, W], 255 = paper.
        labels: [H, W], the piece of each pixel, 0..count-1; -1 for none.
        count: of pieces.
    """
    shape, relation = find_relations(gray, labels, count)
    sketch = torch.from_numpy(gray.astype(np.float32) / 255)[None, None]
    sketch = sketch.contiguous(memory_format=torch.channels_last)
    pieces = torch.from_numpy(labels.astype(np.int32))[None]
    return sketch, pieces, torch.from_numpy(shape), torch.from_numpy(relation)


def auc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve; nan where there is only one class."""
    count = int(positive.sum())
    if not 0 < count < len(positive):
        return float("nan")
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return float(
        (ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(scores) - count))
    )
