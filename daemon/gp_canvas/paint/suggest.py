"""Colours to offer beside the likeliest."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray

_APART = 16.0  # Lab distance between colours that are offered together
_CLEAR = 10.0  # Lab chroma; below, a colour between black and white is a mixture of ink and paper


def alternatives(main: Color, palette: Sequence[Color], nearby: Sequence[Color]) -> list[Color]:
    """Two more colours to offer beside the suggestion.

    Args:
        main: the suggestion, RGB 0..255.
        palette: the artist's colours on this page.
        nearby: colours of the regions around, nearest first: the artist's or suggested ones.

    Returns:
        The palette's colour most like the suggestion, and the nearest region's; all three are
        told apart easily. Where there is none, the suggestion turned in hue. Mixtures of ink and
        paper are offered only if the artist chose them.
    """
    lab = _lab([main])[0]
    alike = sorted(palette, key=lambda color: float(np.linalg.norm(_lab([color])[0] - lab)))
    clear = [color for color in nearby if color in palette or not _muddy(color)]
    turned = [_turn(lab, angle) for angle in (50, -50, 110, -110, 180)]
    chosen = [main]
    for candidates in ([*alike, *turned], [*clear, *turned]):
        apart = (color for color in candidates if _apart(color, chosen))
        chosen.append(next(apart, turned[len(chosen) - 1]))
    return chosen[1:]


def _lab(colors: Sequence[Color]) -> NDArray[np.float32]:
    pixels = np.asarray([colors], np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), np.float32)[0]


def _apart(color: Color, others: Sequence[Color]) -> bool:
    return bool((np.linalg.norm(_lab(others) - _lab([color]), axis=1) >= _APART).all())


def _muddy(color: Color) -> bool:
    lightness, green, blue = _lab([color])[0].tolist()
    return bool(np.hypot(green, blue) < _CLEAR and 12 < lightness < 92)


def _turn(lab: NDArray[np.float32], angle: float) -> Color:
    """A clear colour whose hue lies so many degrees off."""
    hue = np.arctan2(lab[2], lab[1]) + np.deg2rad(angle)
    chroma = max(35.0, float(np.hypot(lab[1], lab[2])))
    lightness = float(np.clip(lab[0], 45, 85))
    turned = np.array([[[lightness, chroma * np.cos(hue), chroma * np.sin(hue)]]], np.float32)
    rgb = np.clip(np.asarray(cv2.cvtColor(turned, cv2.COLOR_LAB2RGB)), 0, 1)[0, 0]
    red, green, blue = np.round(rgb * 255).astype(int).tolist()
    return red, green, blue
