"""Colours to offer beside the likeliest."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray

_APART = 16.0  # Lab distance between colours that are offered together
# Lab distance within which likely colours speak for each other, and the weight of all that has a
# hue within so many degrees; measured: the least distance from the true colours, most hues met.
_REACH, _HUE_NEAR, _HUE_WEIGHT = 20.0, 30.0, 0.3
_SAID = 12.0  # Lab distance within which a colour is all but the same as another
# A colour that is drawn: chances to the power of this, so that what is rare stays rarer; and the
# weight of what is so dark (Lab lightness) that lines would be lost on it.
_SHARP, _DARK, _DARK_WEIGHT = 1 / 0.7, 35.0, 0.1
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


def likeliest(
    chances: NDArray[np.float32], palette: NDArray[np.float32], count: int, own: int = 0
) -> NDArray[np.uint8]:
    """The colours that things are likeliest to have, the likeliest first.

    Not the middle of all that is likely, which nothing has: brown, between red and green.

    Args:
        chances: probabilities, or what is proportional to them, float32 [n, K].
        palette: the colours that they are of, float32 [K, 3] in 0..1.
        count: how many to find, at most K.
        own: so many of the palette, from its beginning, are the page's own: where one is all but
            the same as what is likeliest, it is meant.

    Returns:
        uint8 [n, count, 3].
    """
    lab = _lab(np.round(palette * 255))
    away = np.linalg.norm(lab[:, None] - lab, axis=2)
    hue, clear = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])), np.hypot(*lab[:, 1:].T) > _CLEAR
    turned = np.abs((hue[:, None] - hue + 180) % 360 - 180)
    speaks = np.exp(-(away**2) / (2 * _REACH**2))
    speaks += _HUE_WEIGHT * ((turned < _HUE_NEAR) & clear[:, None])
    said = np.exp(-(away**2) / (2 * _SAID**2))
    meant = np.arange(len(palette))
    if own:
        nearest = away[:, :own].argmin(1)
        meant = np.where(away[meant, nearest] < _SAID, nearest, meant)
    best = meant[(chances @ speaks).argmax(1)]
    found, left, taken = [best], chances, np.zeros(chances.shape, np.bool_)
    for _ in range(count - 1):
        left = left * (1 - said[found[-1]])
        taken |= away[found[-1]] < _SAID
        found.append(meant[np.where(taken, -1, left @ said).argmax(1)])
    return np.round(palette * 255).astype(np.uint8)[np.stack(found, axis=1)]


def draw(
    chances: NDArray[np.float32],
    palette: NDArray[np.float32],
    random: np.random.Generator,
    own: int = 0,
) -> Color:
    """One colour, drawn by how likely each is.

    The likeliest colour of each piece by itself is much the same everywhere: what is commonest.
    What a page looks like shows only a draw, which has each colour as often as pages have it.

    Args:
        chances, palette, own: of one thing, float32 [K], as for `likeliest`.
        random: draws.
    """
    dark = _lab(palette * 255)[:, 0] < _DARK
    dark[:own] = False
    weights = np.maximum(chances, 0).astype(np.float64) ** _SHARP * np.where(dark, _DARK_WEIGHT, 1)
    place = random.choice(len(palette), p=weights / weights.sum())
    red, green, blue = np.round(palette[place] * 255).astype(int).tolist()
    return red, green, blue


def near(colors: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which colours [n, 3] in 0..1 are all but the same as which of others [m, 3]; bool [n, m]."""
    if not len(others):
        return np.zeros((len(colors), 0), np.bool_)
    away = _lab(colors * 255)[:, None] - _lab(others * 255)
    return np.linalg.norm(away, axis=2) < _SAID


def _lab(colors: Sequence[Color] | NDArray[np.floating]) -> NDArray[np.float32]:
    """CIELAB of colours in 0..255, float32 [n, 3]."""
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
