"""From what g would paint to what an artist might pick."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray

# Chroma is multiplied by up to 1 + _GAIN where g is undecided, by 1 where it is sure.
_GAIN = 2.0
_SURE = 20.0  # Lab chroma by which the gain falls to a third
_CERTAIN = 60.0  # Lab chroma from which a colour is left as it is
_LIFT = 0.3  # of the way to _LIGHT that undecided colours are lifted
_LIGHT = 86.0  # Lab lightness
_APART = 16.0  # Lab distance between colours that are offered together
_CLEAR = 10.0  # Lab chroma; below, a colour between black and white is a mixture of ink and paper
_ALONE = 1.5  # regions' worth of neutral gray in a page's common cast


def undo_averaging(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Restores what averaging took from colours.

    Where the line art leaves open what is there, even a likely colour is in part the middle of all
    that it could be, which is grayer and darker than any of it, and leans to the same hue all over
    the page. That common cast says nothing, the differences do: the cast is taken out, chroma and
    lightness are put back, the more the grayer the colour. Clear colours stay as they are.

    Args:
        colors: uint8 [n, 3] RGB, all regions of a page.

    Returns:
        uint8 [n, 3] RGB.
    """
    if len(colors) == 0:
        return colors
    lab = np.asarray(
        cv2.cvtColor(colors[None].astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    )[0]
    lightness, chroma = lab[:, :1], np.hypot(lab[:, 1:2], lab[:, 2:])
    # Near-white is paper that g means to leave, near-black a solid that it means.
    middle = np.clip((97 - lightness) / 12, 0, 1) * np.clip((lightness - 12) / 20, 0, 1)
    doubt = _undecided(chroma) * middle
    cast = (doubt * lab[:, 1:]).sum(axis=0) / (doubt.sum() + _ALONE)
    lab[:, 1:] -= doubt * cast
    left = _undecided(np.hypot(lab[:, 1:2], lab[:, 2:])) * middle
    lab[:, 1:] *= 1 + _GAIN * left
    lift = np.maximum(_LIGHT - lightness, 0) * _LIFT
    lab[:, :1] += lift * doubt
    rgb = np.asarray(cv2.cvtColor(lab[None], cv2.COLOR_LAB2RGB))[0]
    return np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def _undecided(chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far g has not decided on a colour, from 1 for gray to 0; falls so slowly that a grayer
    colour never becomes clearer than a clear one."""
    return np.exp(-chroma / _SURE) * np.clip(1 - chroma / _CERTAIN, 0, 1)


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
