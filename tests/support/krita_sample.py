"""The sample page as the tests in Krita look at it."""

from __future__ import annotations

import numpy as np
from krita_harness import KritaProcess

SIZE = (472, 608)  # height and width


def region(krita: KritaProcess, number: int | None = None) -> np.ndarray:
    """Return where a region is, that which is shown if none is named."""
    data = krita.pixels(f"region_mask(doc, {number})")
    return np.frombuffer(data, np.uint8).reshape(SIZE) == 255


def select(krita: KritaProcess, mask: np.ndarray) -> None:
    """Select a part of the page."""
    path = krita.base / "mask"
    path.write_bytes((mask * np.uint8(255)).tobytes())
    krita.run(f"select(open({str(path)!r}, 'rb').read())")


def layer(krita: KritaProcess, name: str) -> np.ndarray:
    """Return a layer's pixels as RGBA."""
    data = krita.pixels(f"pixels(doc, {name!r})")
    return np.frombuffer(data, np.uint8).reshape(*SIZE, 4)[..., [2, 1, 0, 3]]
