"""What the networks take and give, and the error for those that do not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from gp_client.errors import BUNDLE_DAMAGED, GuidingPainterError
from numpy.typing import NDArray

from gp_daemon.networks.bundle import Bundle

OUTPUTS = {"segmenter": ["labels", "margin"], "colorizer": ["image"], "matcher": ["affinity"]}
_AFFINITY = ["tokens", "affinity"]  # outputs of a segmenter that says which pieces have one colour
_COLORIZER_INPUTS = {"sketch", "labels", "colors", "hinted", "scribble_rgb", "scribble_mask"}


def outputs(bundle: Bundle, role: str) -> list[str]:
    """Names of a network's outputs, in the order in which they are asked for."""
    return _AFFINITY if role == "segmenter" and bundle.affinity else OUTPUTS[role]


def check_interface(bundle: Bundle, role: str, inputs: Iterable[str], given: Iterable[str]) -> None:
    """Refuses a network with other inputs, or without the outputs, that its role asks for.

    Args:
        bundle: whose network it is.
        role: "segmenter", "colorizer" or "matcher".
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
        wanted = {"tokens", "cast"}
    taken, found = set(inputs), set(given)
    if taken != wanted or not set(outputs(bundle, role)) <= found:
        raise alien(
            bundle,
            role,
            f"has the inputs {sorted(taken)} and outputs {sorted(found)}, "
            f"not {sorted(wanted)} and {outputs(bundle, role)}",
        )


def colorizer_feed(
    sketch: NDArray[np.float32],
    labels: NDArray[np.uint8],
    colors: NDArray[np.float32],
    hinted: NDArray[np.bool_],
    scribble_rgb: NDArray[np.float32] | None = None,
    scribble_mask: NDArray[np.float32] | None = None,
) -> dict[str, NDArray[Any]]:
    """The colorizer's inputs for one page, from the arguments of ``Engine.colorize``."""
    if scribble_rgb is None or scribble_mask is None:
        scribble_rgb = np.zeros((3, *sketch.shape), np.float32)
        scribble_mask = np.zeros(sketch.shape, np.float32)
    return {
        "sketch": plane(sketch),
        "labels": np.ascontiguousarray(labels, np.uint8)[None],
        "colors": np.ascontiguousarray(colors, np.float32)[None],
        "hinted": np.ascontiguousarray(hinted, np.bool_)[None],
        "scribble_rgb": np.ascontiguousarray(scribble_rgb, np.float32)[None],
        "scribble_mask": plane(scribble_mask),
    }


def plane(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """[H, W] as [1, 1, H, W], contiguous."""
    return np.ascontiguousarray(values, np.float32)[None, None]


def alien(bundle: Bundle, role: str, what: str) -> GuidingPainterError:
    """The error for a network that is not what its manifest says."""
    return GuidingPainterError(
        BUNDLE_DAMAGED,
        f"The bundle's file {bundle.file(role)} {what}.",
        "Use a bundle that gp-export made for this version.",
    )
