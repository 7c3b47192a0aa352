"""New colours for figures, so that g learns to follow hints instead of guessing usual colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_training.data.render import Rendered


def random_color(rng: np.random.Generator) -> NDArray[np.float32]:
    """A colour that a comic might use, float32 [3] in 0..255: often clear, at times gray."""
    hue = rng.random() * 180
    saturation = 255 * (rng.beta(2, 1.8) if rng.random() > 0.12 else 0.05)
    value = 255 * (0.3 + 0.7 * rng.beta(2.5, 1.1))
    pixel = np.array([[[hue, saturation, value]]], np.uint8)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def recolor(figure: Rendered, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Gives a figure other colours, keeping its shading and its dark lines.

    Args:
        figure: what to recolour.
        rng: decides the colours.

    Returns:
        uint8 [SIDE, SIDE, 3].
    """
    rgb = figure.rgba[..., :3]
    keys, share = _key_colors(figure)
    # Painted shading has no flats, and new ones would tear it up: its hue turns as a whole.
    if share < (0.6 if figure.true_line else 0.88):
        return turn_hue(rgb, rng)
    pixels = rgb.reshape(-1, 3).astype(np.float32)
    distances = (pixels**2).sum(1, keepdims=True) - 2 * pixels @ keys.T + (keys**2).sum(1)[None]
    nearest = distances.argmin(1)
    fresh = np.stack([random_color(rng) for _ in keys])
    dark = np.clip((pixels.max(1, keepdims=True) - 40) / 40, 0, 1)  # 0 on ink, 1 on colour
    shaded = fresh[nearest] + 0.7 * (pixels - keys[nearest])
    mixed = dark * shaded + (1 - dark) * pixels
    return np.clip(mixed, 0, 255).astype(np.uint8).reshape(rgb.shape)


def turn_hue(rgb: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turns the hue of a whole picture, uint8 [H, W, 3], and changes its saturation."""
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(np.int32) + rng.integers(180)) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.6, 1.5), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def _key_colors(figure: Rendered, most: int = 10) -> tuple[NDArray[np.float32], float]:
    """The figure's main flat colours, float32 [K, 3], and their share of what is not ink."""
    pixels = figure.rgba[::2, ::2].reshape(-1, 4)
    pixels = pixels[(pixels[:, 3] > 200) & (pixels[:, :3].max(1) > 75)][:, :3]
    if len(pixels) < 20:
        return np.zeros((0, 3), np.float32), 0.0
    coarse = (pixels >> 5).astype(np.int32)
    bins = coarse[:, 0] * 64 + coarse[:, 1] * 8 + coarse[:, 2]
    counts = np.bincount(bins, minlength=512)
    chosen = np.argsort(-counts, kind="stable")[:most]
    chosen = chosen[counts[chosen] > 0.01 * len(pixels)]
    sums = np.stack([np.bincount(bins, pixels[:, c], 512) for c in range(3)], 1)
    means = (sums[chosen] / counts[chosen, None]).astype(np.float32)
    return means, float(counts[chosen].sum() / len(pixels))
