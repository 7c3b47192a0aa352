"""Pictures as PNG."""

from __future__ import annotations

import io

import numpy as np
import pytest
from gp_cli.files import png
from PIL import Image


@pytest.mark.parametrize("channels", [3, 4])
def test_png_keeps_the_order_of_rows_columns_and_channels(channels: int) -> None:
    picture = np.arange(2 * 3 * channels, dtype=np.uint8).reshape(2, 3, channels) * 9
    assert (np.asarray(Image.open(io.BytesIO(png.encode(picture)))) == picture).all()
