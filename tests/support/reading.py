"""What is said of every picture that `gp` reads."""

from __future__ import annotations

import numpy as np
from gp_cli.files.pictures import decode


def assert_reads(data: bytes, expected: np.ndarray, format: str) -> None:
    """Hold that a file is read as these pixels, in this format, laid out as the wire wants them."""
    picture = decode(data, "page")
    assert picture.format == format
    assert (picture.width, picture.height) == (expected.shape[1], expected.shape[0])
    assert picture.pixels.dtype == expected.dtype
    assert picture.pixels.flags.c_contiguous
    assert (picture.pixels == expected.reshape(picture.pixels.shape)).all()
