"""Measures of pictures: PSNR, SSIM, CIEDE2000, Fréchet distance, and interactions needed.

Pictures are float arrays [3, H, W] in 0..1, sRGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gp_training.networks.guidance import geometric_probabilities

Floats = NDArray[np.floating[Any]]
_ROWS = 512  # of a kernel's matrix at a time


def psnr(painted: Floats, picture: Floats) -> float:
    """Peak signal-to-noise ratio in dB, at most 100."""
    error = float(np.mean((np.clip(painted, 0, 1) - picture) ** 2, dtype=np.float64))
    return -10 * float(np.log10(max(error, 1e-10)))


def ssim(painted: Floats, picture: Floats) -> float:
    """Structural similarity, Gaussian window of 11 px and sigma 1.5, mean over channels."""
    c1, c2 = 0.01**2, 0.03**2

    def blur(values: Floats) -> Floats:
        moved = np.ascontiguousarray(values.transpose(1, 2, 0), np.float64)
        return np.asarray(
            cv2.GaussianBlur(moved, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT), np.float64
        )

    x, y = np.clip(painted, 0, 1).astype(np.float64), picture.astype(np.float64)
    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx**2, blur(y * y) - my**2, blur(x * y) - mx * my
    score = (2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return float(score.mean())


def expected(curve: Sequence[float], regions: int) -> float:
    """Expectation over N_h ~ G (section 4.3, eq. 3).

    Args:
        curve: value with 0, 1, 2 ... hints; the last one holds for all further hints.
        regions: N_c.
    """
    chances = geometric_probabilities(regions).numpy()
    values = np.full(regions + 1, curve[-1], np.float64)
    known = min(len(curve), regions + 1)
    values[:known] = curve[:known]
    return float((chances * values).sum())


def required_interactions(curve: Sequence[float], threshold: float, most: int) -> int:
    """NRI (section 4.2): the fewest hints with which a picture reaches a PSNR.

    Args:
        curve: PSNR with 0, 1, 2 ... hints.
        threshold: dB.
        most: N_c.

    Returns:
        0 .. N_c, or N_c + 1 when no number of hints suffices.
    """
    for count, value in enumerate(curve):
        if value >= threshold:
            return min(count, most)
    return most + 1


def to_lab(rgb: Floats) -> NDArray[np.float64]:
    """sRGB [..., 3] in 0..1 to CIELAB under D65, L 0..100."""
    rgb = np.asarray(rgb, np.float64)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = linear @ matrix.T / np.array([0.95047, 1.0, 1.08883])
    cubed = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = cubed[..., 0], cubed[..., 1], cubed[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def delta_e_2000(first: Floats, second: Floats) -> NDArray[np.float64]:
    """CIEDE2000 between CIELAB colours [..., 3]."""
    l1, a1, b1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    gray = c1 * c2 == 0
    turn = (h2 - h1 + 180) % 360 - 180
    turn = np.where(gray, 0, turn)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    wide = np.abs(h1 - h2) > 180
    mean_hue = np.where(wide, (h1 + h2 + 360) / 2 % 360, (h1 + h2) / 2)
    mean_hue = np.where(gray, h1 + h2, mean_hue)
    light, c = (l1 + l2) / 2, (c1 + c2) / 2

    def cos(degrees: Floats) -> Floats:
        return np.cos(np.radians(degrees))

    t = (
        1
        - 0.17 * cos(mean_hue - 30)
        + 0.24 * cos(2 * mean_hue)
        + 0.32 * cos(3 * mean_hue + 6)
        - 0.20 * cos(4 * mean_hue - 63)
    )
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = 2 * np.sqrt(c**7 / (c**7 + 25.0**7))
    rt = -np.sin(np.radians(60 * np.exp(-(((mean_hue - 275) / 25) ** 2)))) * rotation
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, hue / sh
    return np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + rt * dc * dh, 0))


def kernel_distance(true: Floats, painted: Floats) -> float:
    """KID: the squared maximum mean discrepancy, unbiased, of a cubic kernel.

    Unlike the Fréchet distance it does not fall with the number of pictures alone, and may be a
    little below zero where two sets are alike.

    Args:
        true: features, [N, D], N above 1.
        painted: features, [M, D], M above 1.
    """

    true, painted = np.asarray(true, np.float64), np.asarray(painted, np.float64)

    def total(x: Floats, y: Floats) -> float:
        # By blocks of rows: the whole of it would take 8 N M bytes.
        blocks = (x[start : start + _ROWS] for start in range(0, len(x), _ROWS))
        return sum(float(((block @ y.T / x.shape[1] + 1) ** 3).sum()) for block in blocks)

    def within(x: Floats) -> float:
        diagonal = float((((x**2).sum(1) / x.shape[1] + 1) ** 3).sum())
        return (total(x, x) - diagonal) / (len(x) * (len(x) - 1))

    between = total(true, painted) / (len(true) * len(painted))
    return within(true) + within(painted) - 2 * between


def frechet_distance(first: Floats, second: Floats) -> float:
    """Fréchet distance of two sets of features, [A, D] and [B, D], as Gaussians (FID)."""
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    gap = first.mean(0) - second.mean(0)
    one = np.atleast_2d(np.cov(first, rowvar=False))
    two = np.atleast_2d(np.cov(second, rowvar=False))
    # trace((one two)^1/2) from symmetric matrices only: eigenvalues of r two r with r r = one.
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    mixed = np.linalg.eigvalsh(root @ two @ root)
    cross = np.sqrt(np.maximum(mixed, 0)).sum()
    return float(gap @ gap + np.trace(one) + np.trace(two) - 2 * cross)
