"""Pages as f answers them: tokens, affinity, true colours, and no picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gp_client import files
from numpy.typing import NDArray


@dataclass(frozen=True)
class AnsweredPage:
    """What a suggester learns from of one page.

    Attributes:
        tokens: float32 [n, D], of f.
        affinity: float32 [n, n], calibrated log-odds of one colour.
        colors: uint8 [n, 3].
        sizes: int32 [n], pixels of paper.
        flats: float32 [n], see `Page`.
    """

    tokens: NDArray[np.float32]
    affinity: NDArray[np.float32]
    colors: NDArray[np.uint8]
    sizes: NDArray[np.int32]
    flats: NDArray[np.float32]

    @property
    def count(self) -> int:
        """n."""
        return len(self.sizes)


def save_answers(file: Path, page: AnsweredPage) -> None:
    """Writes a page; the file is there whole or not at all."""
    files.make_folder(file.parent)
    with files.atomic(file) as stream:
        np.savez(
            stream, tokens=page.tokens.astype(np.float16),
            affinity=page.affinity.astype(np.float16), colors=page.colors, sizes=page.sizes,
            flats=page.flats,
        )  # fmt: skip


def load_answers(file: Path) -> AnsweredPage:
    """Reads what `save_answers` wrote."""
    with np.load(file, allow_pickle=False) as stored:
        return AnsweredPage(
            stored["tokens"].astype(np.float32), stored["affinity"].astype(np.float32),
            stored["colors"], stored["sizes"], stored["flats"],
        )  # fmt: skip
