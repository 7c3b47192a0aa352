"""Networks of few words: each quarter of a page is a label, and paint is gray but for hints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.interface import ColorizerInput
from numpy.typing import NDArray


class PlainNetworks:
    """All that pages and the device's thread ask of networks, without any."""

    device = "none"
    at_once = 1
    bundle = Bundle(
        path=Path("plain"),
        schema=1,
        name="plain",
        version="1",
        n_regions=8,
        grid_side=64,
        grid_multiple=16,
        mode="color",
        pieces=False,
        affinity=False,
        segmenter_side=64,
        licence="CC0-1.0",
        training={},
        metrics={},
        files={},
    )

    def segment(
        self, sketch: NDArray[np.float32], pieces: NDArray[np.int32] | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        height, width = sketch.shape
        lower, right = np.arange(height) >= height / 2, np.arange(width) >= width / 2
        return (lower[:, None] * 2 + right).astype(np.uint8), np.ones(sketch.shape, np.float32)

    def affinity(
        self,
        sketch: NDArray[np.float32],
        pieces: NDArray[np.int32],
        shape: NDArray[np.float32],
        relation: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        raise GuidingPainterError(BAD_REQUEST, "This bundle's segmenter gives regions.")

    def suggest(
        self,
        tokens: NDArray[np.float32],
        affinity: NDArray[np.float32],
        colors: NDArray[np.float32],
        known: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        raise GuidingPainterError(BAD_REQUEST, "This bundle has no suggester.")

    def match(
        self,
        tokens: NDArray[np.float32],
        cast: NDArray[np.float32],
        colors: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        raise GuidingPainterError(BAD_REQUEST, "This bundle has no matcher.")

    def colorize(self, given: ColorizerInput) -> NDArray[np.float32]:
        gray = np.full((len(given.hinted), 3), 0.5, np.float32)
        colors = np.where(given.hinted[:, None], given.colors, gray)
        return colors[given.labels].transpose(2, 0, 1)

    def colorize_many(self, given: Sequence[ColorizerInput]) -> list[NDArray[np.float32]]:
        return [self.colorize(one) for one in given]

    def usual_shapes(self) -> list[tuple[int, int]]:
        return []

    def warm(self, height: int, width: int) -> None:
        """There is nothing to warm."""
