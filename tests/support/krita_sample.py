"""What the sample page looks like in Krita."""

from __future__ import annotations

import numpy as np
from krita_harness import KritaProcess

SIZE = (472, 608)  # height and width


def selection(krita: KritaProcess) -> np.ndarray:
    """What is selected wholly, bool [H, W]."""
    return np.frombuffer(krita.pixels("selected(doc)"), np.uint8).reshape(SIZE) == 255


def layer(krita: KritaProcess, name: str) -> np.ndarray:
    """An 8-bit layer's pixels, uint8 RGBA [H, W, 4]."""
    data = krita.pixels(f"pixels(doc, {name!r})")
    return np.frombuffer(data, np.uint8).reshape(*SIZE, 4)[..., [2, 1, 0, 3]]
