"""Sketches from coloured pictures: XDoG, and the small things that pens do to lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class XDoG:
    """Parameters of the extended difference of Gaussians (Winnemoeller 2011).

    Attributes:
        sigma: pixels, width of the inner Gaussian; lines are about twice as wide.
        k: ratio of the outer Gaussian to the inner.
        p: sharpening; higher makes edges win over tone.
        epsilon: 0..1, luminance over which the result is paper.
        phi: steepness of the soft threshold.
    """

    sigma: float = 0.8
    k: float = 1.6
    p: float = 30.0
    epsilon: float = 0.3
    phi: float = 8.0


def xdog(rgb: NDArray[np.uint8], parameters: XDoG = XDoG()) -> NDArray[np.uint8]:
    """Draws a sketch of a coloured picture.

    Each channel is drawn by itself and the darkest wins, so that a border between two colours of
    equal luminance still gets its line.

    Args:
        rgb: uint8 [H, W, 3].
        parameters: see `XDoG`.

    Returns:
        uint8 [H, W], 255 = paper, 0 = ink.
    """
    image = rgb.astype(np.float32) / 255
    inner = cv2.GaussianBlur(image, (0, 0), parameters.sigma)
    outer = cv2.GaussianBlur(image, (0, 0), parameters.sigma * parameters.k)
    # The difference alone, not the tone: flat dark colours must stay paper for the network.
    response = 1 + parameters.p * (inner - outer)
    soft = 1 + np.tanh(parameters.phi * np.minimum(response - parameters.epsilon, 0))
    return np.round(np.clip(soft.min(axis=2), 0, 1) * 255).astype(np.uint8)


def vary_lines(sketch: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Changes a sketch as another pen, pencil or scanner would.

    Args:
        sketch: uint8 [H, W], 255 = paper.
        rng: decides what happens; the same state gives the same sketch.

    Returns:
        uint8 [H, W].
    """
    result: NDArray[Any] = sketch
    choice = rng.random()
    if choice < 0.2:
        result = cv2.erode(result, np.ones((2, 2), np.uint8))  # a broader pen: ink grows
    elif choice < 0.3:
        result = cv2.GaussianBlur(result, (0, 0), 0.6)
    if rng.random() < 0.25:  # pencil: gray instead of black
        darkest = rng.integers(20, 110)
        result = (darkest + result.astype(np.float32) * (255 - darkest) / 255).astype(np.uint8)
    if rng.random() < 0.3:  # the pen lifts: short gaps
        result = _break_lines(result, rng)
    return result


def _break_lines(sketch: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    rows, columns = np.nonzero(sketch < 128)
    if len(rows) == 0:
        return sketch
    result = sketch.copy()
    for index in rng.integers(0, len(rows), rng.integers(1, 6)):
        centre = (int(columns[index]), int(rows[index]))
        cv2.circle(result, centre, int(rng.integers(1, 4)), 255, -1)
    return result
