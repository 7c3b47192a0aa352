"""From what g would paint to what an artist might pick."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Chroma is multiplied by up to 1 + _GAIN where g is undecided, by 1 where it is sure.
_GAIN = 3.0
_SURE = 18.0  # Lab chroma at which the gain has fallen to a third
_LIFT = 0.25  # of the way to _LIGHT that undecided colours are lifted
_LIGHT = 86.0  # Lab lightness


def undo_averaging(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Restores what averaging took from colours.

    Where the line art leaves open what is there, g paints the middle of all that it could be,
    which is grayer and darker than any of it. The hue still leans to the likeliest; chroma and
    lightness are put back, the more the grayer the colour. Clear colours stay as they are.

    Args:
        colors: uint8 [n, 3] RGB.

    Returns:
        uint8 [n, 3] RGB.
    """
    if len(colors) == 0:
        return colors
    lab = np.asarray(
        cv2.cvtColor(colors[None].astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    )[0]
    lightness, chroma = lab[:, :1], np.hypot(lab[:, 1:2], lab[:, 2:])
    doubt = np.exp(-chroma / _SURE)
    # Near-white is paper that g means to leave, near-black a solid that it means.
    middle = np.clip((97 - lightness) / 12, 0, 1) * np.clip((lightness - 12) / 20, 0, 1)
    lab[:, 1:] *= 1 + _GAIN * doubt * middle
    lift = np.maximum(_LIGHT - lightness, 0) * _LIFT
    lab[:, :1] += lift * doubt * middle
    rgb = np.asarray(cv2.cvtColor(lab[None], cv2.COLOR_LAB2RGB))[0]
    return np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
