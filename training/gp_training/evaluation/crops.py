"""Fixed crops of held-out scenes, as many as FID and KID need where there are few scenes.

A scene gives its four quarters first, then five squares of the same size that overlap two or four
of them by half or a quarter. So the n-th crop is the same today and tomorrow, nearest neighbours
share little, and a scene is never asked for more before all others were asked for as much.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from numpy.typing import NDArray

from gp_training.data.held_out import Scene
from gp_training.data.pairs import ScenePack, to_tensors

WANTED = 1000
# Rows and columns in quarters of a scene's side: where a crop of half the side begins.
PLACES = ((0, 0), (2, 2), (0, 2), (2, 0), (1, 1), (0, 1), (2, 1), (1, 0), (1, 2))
_INK = 128  # of 255: a crop in which no pixel is as dark has no line to be coloured by


class Crops:
    """Crops of half a scene's side, each made when it is asked for.

    Those without a line are left out, and those of which the same pixels were taken before.

    Args:
        packs: of held-out scenes.
        side: pixels wanted; more than a crop has are not made up, see `side`.
        count: wanted; there may be fewer.

    Attributes:
        side: pixels of the crops.
        digest: hexadecimal, of all pixels and of `side`.

    Raises:
        GuidingPainterError: there are not even two.
    """

    def __init__(self, packs: Sequence[Path], side: int, count: int = WANTED) -> None:
        self._pack = ScenePack(packs, side, None)
        self._places: list[tuple[int, int, int]] = []  # scene, row, column
        whole = hashlib.sha256()
        seen: set[bytes] = set()
        half = 0
        for row, column in PLACES:
            for index in range(len(self._pack)):
                if len(self._places) == count:
                    break
                half = self._pack.scene(index).shape[0] // 2
                place = (index, row * half // 2, column * half // 2)
                packed = self._cut(place)
                digest = hashlib.sha256(packed.tobytes()).digest()
                if digest not in seen and packed[..., 3].min() < _INK:
                    seen.add(digest)
                    whole.update(digest)
                    self._places.append(place)
        if len(self._places) < 2:
            raise GuidingPainterError(
                BAD_REQUEST,
                "There are not even two crops with lines, so that FID means nothing.",
                "Name more scenes, or leave out --inception.",
            )
        self.side = min(side, half)
        whole.update(str(self.side).encode())
        self.digest = whole.hexdigest()

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Scene:
        """The crop as a scene; its number is the crop's."""
        packed = self._cut(self._places[index])
        sketch, picture, pieces = to_tensors(packed[..., :3], packed[..., 3], self.side)
        return Scene(
            index, ((sketch[0] + 1) / 2).numpy(), ((picture + 1) / 2).numpy(),
            pieces.numpy().astype(np.int32),
        )  # fmt: skip

    def __iter__(self) -> Iterator[Scene]:
        return (self[index] for index in range(len(self)))

    def halves(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the crops of even scenes, and of odd ones: no scene is in both."""
        scenes = np.array([scene for scene, _, _ in self._places])
        return np.flatnonzero(scenes % 2 == 0), np.flatnonzero(scenes % 2)

    def _cut(self, place: tuple[int, int, int]) -> NDArray[np.uint8]:
        index, top, left = place
        scene = self._pack.scene(index)
        half = scene.shape[0] // 2
        return np.ascontiguousarray(scene[top : top + half, left : left + half])
