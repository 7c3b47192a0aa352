"""Drawings of an archive of SVGs, as line art and in their colours."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE = 1000  # pixels across
# What an SVG fills with anything but black, in attributes and in styles.
_FILL = re.compile(rb"fill(=\"|:)\s*#(?!000000|000\b)[0-9a-fA-F]{3,6}")


@dataclass(frozen=True, eq=False)
class Drawing:
    """One drawing.

    Attributes:
        name: of its file.
        gray: uint8 [H, W], its lines on white.
        colors: uint8 [H, W, 3] RGB, with its fills.
    """

    name: str
    gray: NDArray[np.uint8]
    colors: NDArray[np.uint8]


def archived(path: Path, each: int) -> Iterator[Drawing]:
    """Some drawings of a zip archive, always the same; needs rsvg-convert."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".svg"))
        for name in np.random.default_rng(0).permutation(names)[:each].tolist():
            svg = archive.read(name)
            lines = _rasterise(_FILL.sub(rb"fill\1#ffffff", svg))
            gray = np.asarray(cv2.cvtColor(lines, cv2.COLOR_RGB2GRAY), np.uint8)
            yield Drawing(Path(name).stem, gray, _rasterise(svg))


def _rasterise(svg: bytes) -> NDArray[np.uint8]:
    command = ["rsvg-convert", "-w", str(_SIDE), "--keep-aspect-ratio", "-b", "white"]
    done = subprocess.run(command, input=svg, capture_output=True, timeout=60, check=True)
    data = np.frombuffer(done.stdout, np.uint8)
    picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
