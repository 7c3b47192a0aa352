"""A bundle's networks as graphs: what goes in and what comes out is checked, whoever runs them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from gp_canvas.regions.relations import find_relations
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from numpy.typing import NDArray

from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.interface import ColorizerInput, plane, unlike_manifest


class GraphNetworks(ABC):
    """The networks of a bundle; see `gp_daemon.networks.interface.PageNetworks`.

    Args:
        bundle: a loaded bundle.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    @property
    def bundle(self) -> Bundle:
        """What the manifest says."""
        return self._bundle

    @abstractmethod
    def run(self, role: str, feed: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run one graph.

        Args:
            role: one of the bundle's.
            feed: its inputs by name.

        Returns:
            The outputs that `gp_daemon.networks.interface.outputs` names, in that order.

        Raises:
            GuidingPainterError: DEVICE_UNAVAILABLE, INTERNAL, CANCELLED, TIMEOUT.
        """

    def segment(
        self, sketch: NDArray[np.float32], pieces: NDArray[np.int32] | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """See `gp_daemon.networks.interface.Networks`."""
        self.check_grid(sketch.shape)
        if self.bundle.affinity:
            raise GuidingPainterError(BAD_REQUEST, "This bundle's segmenter gives affinities.")
        feed: dict[str, NDArray[Any]] = {"sketch": plane(sketch)}
        if self.bundle.pieces:
            if pieces is None or pieces.shape != sketch.shape:
                raise GuidingPainterError(BAD_REQUEST, "This bundle needs pieces of grid size.")
            feed["pieces"] = np.ascontiguousarray(pieces, np.int32)[None]
        labels, margin = self.run("segmenter", feed)
        labels, margin = labels.reshape(sketch.shape), margin.reshape(sketch.shape)
        if int(labels.max()) >= self.bundle.n_regions:
            fault = "gives a region beyond its manifest's n_regions"
            raise unlike_manifest(self.bundle, "segmenter", fault)
        return labels.astype(np.uint8, copy=False), margin.astype(np.float32, copy=False)

    def affinity(
        self,
        sketch: NDArray[np.float32],
        pieces: NDArray[np.int32],
        shape: NDArray[np.float32],
        relation: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """See `gp_daemon.networks.interface.PageNetworks`."""
        self.check_grid(sketch.shape)
        if not self.bundle.affinity:
            raise GuidingPainterError(BAD_REQUEST, "This bundle's segmenter gives regions.")
        count = len(shape)
        if pieces.shape != sketch.shape or relation.shape[:2] != (count, count):
            raise GuidingPainterError(BAD_REQUEST, "Sketch, pieces and relations do not match.")
        if count == 0:
            raise GuidingPainterError(BAD_REQUEST, "A page without pieces has no affinities.")
        if int(pieces.max()) >= count:
            raise GuidingPainterError(BAD_REQUEST, "A piece has no numbers.")
        feed = {
            "sketch": plane(sketch),
            "pieces": np.ascontiguousarray(pieces, np.int32)[None],
            "shape": np.ascontiguousarray(shape, np.float32),
            "relation": np.ascontiguousarray(relation, np.float32),
        }
        tokens, affinity, blank = self.run("segmenter", feed)
        if (affinity.shape, blank.shape, len(tokens)) != ((count, count), (count,), count):
            fault = "gives tokens of other pieces than it was given"
            raise unlike_manifest(self.bundle, "segmenter", fault)
        return _finite(tokens), _finite(affinity), _finite(blank)

    def suggest(
        self,
        tokens: NDArray[np.float32],
        affinity: NDArray[np.float32],
        colors: NDArray[np.float32],
        known: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `gp_daemon.networks.interface.PageNetworks`."""
        if "suggester" not in self.bundle.roles:
            raise GuidingPainterError(BAD_REQUEST, "This bundle has no suggester.")
        count = len(tokens)
        if not count:
            raise GuidingPainterError(BAD_REQUEST, "There is nothing to suggest colours for.")
        if (affinity.shape, colors.shape, known.shape) != ((count, count), (count, 3), (count,)):
            raise GuidingPainterError(BAD_REQUEST, "Tokens, affinity and colours do not match.")
        feed = {
            "tokens": np.ascontiguousarray(tokens, np.float32),
            "affinity": np.ascontiguousarray(affinity, np.float32),
            "colors": np.ascontiguousarray(colors, np.float32),
            "known": np.ascontiguousarray(known, np.float32),
        }
        likelihood, palette = self.run("suggester", feed)
        fits = likelihood.shape == (count, len(palette)) and palette.shape[1:] == (3,)
        if not fits or not len(palette):
            fault = "gives likelihoods of other pieces or colours than it was given"
            raise unlike_manifest(self.bundle, "suggester", fault)
        return _finite(likelihood), np.clip(_finite(palette), 0, 1)

    def match(
        self,
        tokens: NDArray[np.float32],
        cast: NDArray[np.float32],
        colors: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """See `gp_daemon.networks.interface.PageNetworks`."""
        if "matcher" not in self.bundle.roles:
            raise GuidingPainterError(BAD_REQUEST, "This bundle has no matcher.")
        if not len(tokens) or not len(cast):
            raise GuidingPainterError(BAD_REQUEST, "There is nothing to match.")
        if colors.shape != (len(cast), 3):
            raise GuidingPainterError(BAD_REQUEST, "Each piece of a cast has one colour.")
        feed = {
            "tokens": np.ascontiguousarray(tokens, np.float32),
            "cast": np.ascontiguousarray(cast, np.float32),
            "colors": np.ascontiguousarray(colors, np.float32),
        }
        (found,) = self.run("matcher", feed)
        if found.shape != (len(tokens), len(cast)):
            fault = "gives another number of pairs than it was given"
            raise unlike_manifest(self.bundle, "matcher", fault)
        return _finite(found)

    def colorize(self, given: ColorizerInput) -> NDArray[np.float32]:
        """See `gp_daemon.networks.interface.Networks`."""
        self.check_grid(given.sketch.shape)
        (images,) = self.run("colorizer", given.feed())
        return as_pictures(images)[0]

    def warm(self, height: int, width: int) -> None:
        """Run both networks once on blank paper, so that the first page of this shape is quick.

        Raises:
            GuidingPainterError: what a run raises.
        """
        sketch = np.ones((height, width), np.float32)
        labels = np.zeros((height, width), np.uint8)
        pieces = labels.astype(np.int32)
        if self.bundle.affinity:
            self.affinity(sketch, pieces, *find_relations(labels + np.uint8(255), pieces, 1))
        else:
            labels, _ = self.segment(sketch, pieces)
        count = self.bundle.n_regions
        colors, hinted = np.zeros((count, 3), np.float32), np.zeros(count, np.bool_)
        self.colorize(ColorizerInput(sketch, labels, colors, hinted))

    def check_grid(self, shape: tuple[int, ...]) -> None:
        """Refuse a grid whose sides the networks cannot take (BAD_REQUEST)."""
        multiple = self.bundle.grid_multiple
        if len(shape) != 2 or any(side < 1 or side % multiple for side in shape):
            raise GuidingPainterError(
                BAD_REQUEST, f"The grid {shape} is not a multiple of {multiple} pixels."
            )


def as_pictures(images: NDArray[Any]) -> NDArray[np.float32]:
    """The colorizer's output as float32 [B, 3, H, W] in 0..1."""
    images = images.astype(np.float32, copy=False)
    # A half-precision graph may overflow on unusual input; NaN would turn into random bytes later.
    return np.clip(np.nan_to_num(images, copy=False, nan=0.5), 0, 1, out=images)


def _finite(values: NDArray[Any]) -> NDArray[np.float32]:
    """float32, with what a half-precision graph may overflow to made large or nothing."""
    values = values.astype(np.float32, copy=False)
    return np.nan_to_num(values, copy=False, nan=0.0, posinf=1e4, neginf=-1e4)
