"""From what g would paint to what an artist might pick."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Chroma is multiplied by up to 1 + _GAIN where g is undecided, by 1 where it is sure.
_GAIN = 5.0
_SURE = 14.0  # Lab chroma at which the gain has fallen to a third
_LIFT = 0.45  # of the way to _LIGHT that undecided colours are lifted
_LIGHT = 86.0  # Lab lightness
_ALONE = 3.0  # regions' worth of neutral gray in a page's common cast


def undo_averaging(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Restores what averaging took from colours.

    Where the line art leaves open what is there, g paints the middle of all that it could be,
    which is grayer and darker than any of it, and leans to the same hue all over the page. That
    common cast says nothing, the differences do: the cast is taken out, chroma and lightness are
    put back, the more the grayer the colour. Clear colours stay as they are.

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
    doubt = np.exp(-chroma / _SURE) * middle
    cast = (doubt * lab[:, 1:]).sum(axis=0) / (doubt.sum() + _ALONE)
    lab[:, 1:] -= doubt * cast
    left = np.exp(-np.hypot(lab[:, 1:2], lab[:, 2:]) / _SURE) * middle
    lab[:, 1:] *= 1 + _GAIN * left
    lift = np.maximum(_LIGHT - lightness, 0) * _LIFT
    lab[:, :1] += lift * doubt
    rgb = np.asarray(cv2.cvtColor(lab[None], cv2.COLOR_LAB2RGB))[0]
    return np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
