"""FID and KID of a method by the number of hints, on many crops, in parts that are kept.

Only relative to each other: the Inception of `gp-train fid-weights` is not the published one. At
no time are more features in memory than those of two sets; all others lie in files, so that whoever
is interrupted loses the last part and no more.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gp_client.files import make_folder, write_bytes
from numpy.typing import NDArray

from gp_training.data.held_out import Method
from gp_training.evaluation.crops import WANTED, Crops
from gp_training.evaluation.evaluate import Features, Progress
from gp_training.networks.guidance import geometric_probabilities
from gp_training.recipe.metrics import frechet_distance, kernel_distance

COUNTS = (0, 1, 3, 8, 30)
_PART = 32  # crops of which the features are one file

Pictures = list[NDArray[np.float32]]


@dataclass(frozen=True)
class Distances:
    """How far a method's pictures are from the true ones, as sets.

    Attributes:
        name: of the method.
        crops: how many were painted.
        counts: numbers of hints.
        fid: Fréchet distance with each number of hints.
        kid: kernel distance likewise; it does not fall with the number of crops.
        fid_expected: with one N_h ~ G drawn for each crop (section 4.3).
        kid_expected: likewise.
    """

    name: str
    crops: int
    counts: list[int]
    fid: list[float]
    kid: list[float]
    fid_expected: float
    kid_expected: float


class Observer:
    """Features of crops and of what methods make of them, each made once.

    Args:
        features: of pictures.
        crops: at least two.
        folder: where features are kept; what lies there of other crops is not taken for them.
        about: what else they depend on, such as a digest of the features' weights.
        seed: of the N_h drawn.
    """

    def __init__(
        self, features: Features, crops: Crops, folder: Path, about: str = "", seed: int = 0
    ) -> None:
        self.crops = crops
        self.about = f"{len(crops)} crops {crops.digest}, {about}, seed {seed}"
        self._features, self._folder, self._seed = features, folder, seed

    def measured(
        self, method: Method, about: str, counts: Sequence[int] = COUNTS, regions: int = 30,
        progress: Progress | None = None,
    ) -> Distances:  # fmt: skip
        """A method's distances.

        Args:
            method: whose pictures are looked at.
            about: what they depend on, such as a digest of its weights.
            counts: numbers of hints.
            regions: N_c, for the N_h drawn.
            progress: called with crops done and all crops.
        """
        drawn = self._drawn(regions)

        def paint(index: int) -> Pictures:
            return method.paint(self.crops[index], [*counts, int(drawn[index])])

        sets = len(counts) + 1
        about = f"{about}, {list(counts)} hints and N_h of {regions}"
        kept = self._kept(method.name, sets, about, paint, progress)
        found = [self._between(column(kept, place)) for place in range(sets)]
        fid, kid = [one[0] for one in found], [one[1] for one in found]
        return Distances(
            method.name, len(self.crops), list(counts), fid[:-1], kid[:-1], fid[-1], kid[-1]
        )

    def forget(self, name: str) -> None:
        """Removes a method's features, once its distances are known."""
        shutil.rmtree(self._folder / name.replace(" ", "-"), ignore_errors=True)

    def floor(self, progress: Progress | None = None) -> tuple[float, float]:
        """FID and KID of true pictures: crops of even scenes against those of odd ones."""
        true = self._true(progress)
        even, odd = (true[half] for half in self.crops.halves())
        if min(len(even), len(odd)) < 2:
            return float("nan"), float("nan")
        return frechet_distance(even, odd), kernel_distance(even, odd)

    def _between(self, painted: NDArray[np.float64]) -> tuple[float, float]:
        true = self._true()
        return frechet_distance(true, painted), kernel_distance(true, painted)

    def _true(self, progress: Progress | None = None) -> NDArray[np.float64]:
        files = self._kept(
            "true pictures", 1, "", lambda index: [self.crops[index].picture], progress
        )
        return column(files, 0)

    def _drawn(self, regions: int) -> NDArray[np.int64]:
        chances = geometric_probabilities(regions).numpy()
        return np.random.default_rng(self._seed).choice(regions + 1, len(self.crops), p=chances)

    def _kept(
        self, name: str, sets: int, about: str, paint: Callable[[int], Pictures],
        progress: Progress | None,
    ) -> list[Path]:  # fmt: skip
        """Files of float32 [crops of a part, sets, D]; those that are missing are made."""
        key = hashlib.sha256(f"{self.about}, {about}".encode()).hexdigest()[:16]
        folder = self._folder / name.replace(" ", "-")
        make_folder(folder)
        for other in folder.iterdir():  # of networks or crops that are no more
            if other.is_dir() and other.name != key:
                shutil.rmtree(other)
        folder = folder / key
        make_folder(folder)
        files = []
        for start in range(0, len(self.crops), _PART):
            stop = min(start + _PART, len(self.crops))
            files.append(folder / f"{start:06d}.npy")
            if not files[-1].is_file():
                rows = [self._row(paint(index), sets) for index in range(start, stop)]
                packed = io.BytesIO()
                np.save(packed, np.stack(rows))
                write_bytes(files[-1], packed.getvalue())
            if progress is not None:
                progress(stop, len(self.crops))
        return files

    def _row(self, pictures: Pictures, sets: int) -> NDArray[np.float32]:
        """Features [sets, D] of a crop's pictures; those that are one object are asked for once."""
        assert len(pictures) == sets
        unique = {id(picture): picture for picture in pictures}
        values = self._features(list(unique.values())).astype(np.float32)
        found = dict(zip(unique, values, strict=True))
        return np.stack([found[id(picture)] for picture in pictures])


def column(files: Sequence[Path], place: int) -> NDArray[np.float64]:
    """One set of features, [crops, D], from the files of all sets."""
    return np.concatenate([np.load(file)[:, place] for file in files]).astype(np.float64)


def said_of(crops: Crops) -> str:
    """On what was measured, and what that means, in a sentence or two for a reader."""
    text = (
        f"FID and KID on {len(crops)} crops of half a scene's side at {crops.side} px, relative "
        "only: no published figure is comparable."
    )
    if len(crops) < WANTED:
        text += (
            f" Fewer than {WANTED}: FID is too high by what is missing, KID is not but varies more."
        )
    return text
