"""Networks of few words that compare pages: pieces of one size have one colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from gp_daemon.networks.manifest import File
from numpy.typing import NDArray
from plain_networks import PlainNetworks

SEGMENTER = "5e" * 32  # its sha256
_EIGHTH = 8  # of an octave of size is where log-odds have fallen from 6 to 5


class ComparingNetworks(PlainNetworks):
    """A token is the logarithm of a piece's size; on one page nothing is alike."""

    bundle = replace(
        PlainNetworks.bundle,
        pieces=True,
        affinity=True,
        files={role: File(f"{role}.onnx", SEGMENTER, 1) for role in ("segmenter", "matcher")},
    )

    def affinity(
        self,
        sketch: NDArray[np.float32],
        pieces: NDArray[np.int32],
        shape: NDArray[np.float32],
        relation: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        count = len(shape)
        cells = np.bincount(pieces[pieces >= 0], minlength=count).astype(np.float32)
        apart = np.full((count, count), -6, np.float32)
        return np.log2(cells)[:, None], apart, np.full(count, -6, np.float32)

    def match(
        self,
        tokens: NDArray[np.float32],
        cast: NDArray[np.float32],
        colors: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        return (6 - _EIGHTH * np.abs(tokens - cast.T)).astype(np.float32)
