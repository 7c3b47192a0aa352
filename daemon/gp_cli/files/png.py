"""Pictures as PNG files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from gp_client.errors import INTERNAL, GuidingPainterError
from numpy.typing import NDArray

from gp_cli.files.metadata import PLAIN, Metadata, in_png

_PNG_LEVEL = 3  # flats shrink as well as at 9, in a third of the time


def encode(picture: NDArray[np.uint8], about: Metadata = PLAIN, note: bytes = b"") -> bytes:
    """Encodes a picture as PNG.

    Args:
        picture: uint8 [H, W] gray, [H, W, 3] RGB or [H, W, 4] RGBA with straight alpha.
        about: the colours' profile, left out where the picture is gray, and the resolution.
        note: a line of ours, see `gp_cli.files.made_of`; b"": none.
    """
    codes = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    data: Any = picture
    if picture.ndim == 3:
        data = cv2.cvtColor(picture, codes[picture.shape[2]])
    done, encoded = cv2.imencode(".png", data, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_LEVEL])
    if not done:
        raise GuidingPainterError(INTERNAL, "A picture could not be written as PNG.")
    if picture.ndim == 2:
        about = replace(about, profile=b"")
    return in_png(encoded.tobytes(), about, note)
