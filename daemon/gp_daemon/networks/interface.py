"""What the networks take and give, whoever runs them, and the error for those that do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from gp_client.errors import BUNDLE_DAMAGED, GuidingPainterError
from numpy.typing import NDArray

from gp_daemon.networks.bundle import Bundle

OUTPUTS = {
    "segmenter": ["labels", "margin"],
    "colorizer": ["image"],
    "matcher": ["affinity"],
    "suggester": ["likelihood", "palette"],
}
# Outputs of a segmenter that says which pieces have one colour.
_AFFINITY = ["tokens", "affinity", "blank"]
_COLORIZER_INPUTS = {"sketch", "labels", "colors", "hinted", "scribble_rgb", "scribble_mask"}


@dataclass(frozen=True, eq=False)
class ColorizerInput:
    """What the colorizer paints from.

    Attributes:
        sketch: float32 [H, W] in 0..1, 1 = paper.
        labels: uint8 [H, W], 0..N-1, the regions that the hints speak of.
        colors: float32 [N, 3] RGB in 0..1; rows without a hint are ignored.
        hinted: bool [N].
        scribble_rgb: float32 [3, H, W] in 0..1; None: there are no scribbles.
        scribble_mask: float32 [H, W], 1 where scribbled; None with ``scribble_rgb``.
    """

    sketch: NDArray[np.float32]
    labels: NDArray[np.uint8]
    colors: NDArray[np.float32]
    hinted: NDArray[np.bool_]
    scribble_rgb: NDArray[np.float32] | None = None
    scribble_mask: NDArray[np.float32] | None = None

    def feed(self) -> dict[str, NDArray[Any]]:
        """The graph's inputs, for one page."""
        rgb, mask = self.scribble_rgb, self.scribble_mask
        if rgb is None or mask is None:
            rgb = np.zeros((3, *self.sketch.shape), np.float32)
            mask = np.zeros(self.sketch.shape, np.float32)
        return {
            "sketch": plane(self.sketch),
            "labels": np.ascontiguousarray(self.labels, np.uint8)[None],
            "colors": np.ascontiguousarray(self.colors, np.float32)[None],
            "hinted": np.ascontiguousarray(self.hinted, np.bool_)[None],
            "scribble_rgb": np.ascontiguousarray(rgb, np.float32)[None],
            "scribble_mask": plane(mask),
        }


class Networks(Protocol):
    """f and g, wherever they run: in ONNX Runtime, on an inference server, in torch.

    Sides of grids are multiples of what the networks were made for; whoever runs them refuses
    others with BAD_REQUEST.
    """

    def segment(
        self, sketch: NDArray[np.float32], pieces: NDArray[np.int32] | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Divides a sketch into guided regions in priority order.

        Args:
            sketch: float32 [H, W] in 0..1, 1 = paper.
            pieces: int32 [H, W], 0..n-1; needed by networks that decide over pieces.

        Returns:
            labels, uint8 [H, W], 0 = first; and margin, float32 [H, W], the winner's probability.
        """
        ...

    def colorize(self, given: ColorizerInput) -> NDArray[np.float32]:
        """Paints a sketch from hints: RGB, float32 [3, H, W] in 0..1."""
        ...


class PageNetworks(Networks, Protocol):
    """The networks of a bundle: what a page asks."""

    @property
    def bundle(self) -> Bundle: ...

    def affinity(
        self,
        sketch: NDArray[np.float32],
        pieces: NDArray[np.int32],
        shape: NDArray[np.float32],
        relation: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Says which pieces have the same colour, where ``bundle.affinity``.

        Args:
            sketch: float32 [H, W] in 0..1, 1 = paper.
            pieces: int32 [H, W], 0..n-1, or -1 where a piece is too small to be decided over.
            shape: float32 [n, F] of `gp_canvas.regions.relations.find_relations`.
            relation: float32 [n, n, Q], likewise.

        Returns:
            tokens, float32 [n, D], for a `match` with other pages; the log-odds that two pieces
            have the same colour, float32 [n, n], symmetric, the diagonal means nothing; and the
            log-odds that a piece stays white, float32 [n].
        """
        ...

    def suggest(
        self,
        tokens: NDArray[np.float32],
        affinity: NDArray[np.float32],
        colors: NDArray[np.float32],
        known: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Says which colours pieces might have, given those of others.

        Args:
            tokens: float32 [n, D], at least one, as `affinity` gives them.
            affinity: float32 [n, n], likewise.
            colors: float32 [n, 3] in 0..1, of pieces that have one; anything elsewhere.
            known: float32 [n], 1 where a piece has a colour, 0 elsewhere.

        Returns:
            The logarithm of each colour's probability, float32 [n, K]; and the colours, float32
            [K, 3] in 0..1.
        """
        ...

    def match(
        self,
        tokens: NDArray[np.float32],
        cast: NDArray[np.float32],
        colors: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Says which pieces of other pages have the colour of this page's.

        Args:
            tokens: float32 [n, D] of this page, at least one, as `affinity` gives them.
            cast: float32 [m, D] of other pages, at least one.
            colors: float32 [m, 3] in 0..1, theirs; white for what stays white.

        Returns:
            Log-odds that a piece has the colour of one of the cast, float32 [n, m].
        """
        ...


def outputs(bundle: Bundle, role: str) -> list[str]:
    """Names of a network's outputs, in the order in which they are asked for."""
    return _AFFINITY if role == "segmenter" and bundle.affinity else OUTPUTS[role]


def check_interface(bundle: Bundle, role: str, inputs: Iterable[str], given: Iterable[str]) -> None:
    """Refuses a network with other inputs, or without the outputs, that its role asks for.

    Args:
        bundle: whose network it is.
        role: "segmenter", "colorizer", "matcher" or "suggester".
        inputs: names of its inputs.
        given: names of its outputs.

    Raises:
        GuidingPainterError: BUNDLE_DAMAGED.
    """
    wanted = _COLORIZER_INPUTS
    if role == "segmenter":
        wanted = {"sketch", "pieces"} if bundle.pieces else {"sketch"}
        if bundle.affinity:
            wanted = wanted | {"shape", "relation"}
    elif role == "matcher":
        wanted = {"tokens", "cast", "colors"}
    elif role == "suggester":
        wanted = {"tokens", "affinity", "colors", "known"}
    taken, found = set(inputs), set(given)
    if taken != wanted or not set(outputs(bundle, role)) <= found:
        raise unlike_manifest(
            bundle,
            role,
            f"has the inputs {sorted(taken)} and outputs {sorted(found)}, "
            f"not {sorted(wanted)} and {outputs(bundle, role)}",
        )


def plane(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """[H, W] as [1, 1, H, W], contiguous."""
    return np.ascontiguousarray(values, np.float32)[None, None]


def unlike_manifest(bundle: Bundle, role: str, what: str) -> GuidingPainterError:
    """The error for a network that is not what its manifest says."""
    return GuidingPainterError(
        BUNDLE_DAMAGED,
        f"The bundle's file {bundle.file(role)} {what}.",
        "Use a bundle that gp-export made for this version.",
    )
