"""Writing OpenRaster: layered files that Krita, GIMP and others open.

A zip archive with ``mimetype`` first and uncompressed, ``stack.xml`` for the layers from the top
down, ``data/*.png`` for their pixels, the merged picture and a thumbnail.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from gp_client import files
from numpy.typing import NDArray

from gp_cli.files import png
from gp_cli.files.metadata import PLAIN, Metadata

MIMETYPE = b"image/openraster"
MERGED = "mergedimage.png"
_THUMBNAIL_SIDE = 256  # pixels, the standard's largest
_VERSION = "0.0.5"


@dataclass(frozen=True, eq=False)
class Encoded:
    """A layer's pixels as they go into the file, a fraction of what they take decoded.

    Attributes:
        png: RGBA.
        shape: (H, W).
    """

    png: bytes
    shape: tuple[int, int]


def encode(pixels: NDArray[np.uint8], about: Metadata = PLAIN) -> Encoded:
    """Encodes a layer's pixels, uint8 [H, W, 4] RGBA or [H, W, 3] RGB, for `Layer`."""
    return Encoded(png.encode(_with_alpha(pixels), about), (pixels.shape[0], pixels.shape[1]))


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer, of canvas size or a part of the canvas.

    Attributes:
        name: shown in the editor.
        pixels: uint8 [H, W, 4], RGBA, straight alpha; or [H, W, 3], opaque RGB; or encoded already.
        visible: whether the editor shows it.
        composite: an OpenRaster compositing operation.
        offset: (x, y) of its top left corner on the canvas.
    """

    name: str
    pixels: NDArray[np.uint8] | Encoded
    visible: bool = True
    composite: str = "svg:src-over"
    offset: tuple[int, int] = (0, 0)


@dataclass(frozen=True, eq=False)
class Group:
    """Layers that belong together, from the top down."""

    name: str
    layers: tuple[Layer, ...]
    visible: bool = True


def write(
    file: BinaryIO,
    layers: Sequence[Layer | Group],
    merged: NDArray[np.uint8],
    about: Metadata = PLAIN,
    note: bytes = b"",
) -> None:
    """Writes an OpenRaster file.

    Args:
        file: seekable binary file.
        layers: from the top down; none beyond the canvas.
        merged: uint8 [H, W, 3] or [H, W, 4], the picture that the visible layers make.
        about: the profile of all colours, and the resolution.
        note: a line of ours, see `gp_cli.files.made_of`; b"": none.

    Raises:
        ValueError: a layer reaches beyond the merged picture.
    """
    height, width = merged.shape[:2]
    image = ET.Element("image", {"version": _VERSION, "w": str(width), "h": str(height)})
    if about.dpi is not None:
        image.attrib |= {"xres": str(round(about.dpi[0])), "yres": str(round(about.dpi[1]))}
    root = ET.SubElement(image, "stack")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = note
        # First and uncompressed, so that its text stands at byte 38 where file managers look.
        _add(archive, "mimetype", MIMETYPE, zipfile.ZIP_STORED)
        for source, layer in _describe(root, layers):
            left, top = layer.offset
            down, across = layer.pixels.shape[:2]
            if min(left, top) < 0 or left + across > width or top + down > height:
                raise ValueError(f"layer {layer.name!r} reaches beyond {width} x {height}")
            pixels = layer.pixels
            packed = pixels if isinstance(pixels, Encoded) else encode(pixels, about)
            _add(archive, source, packed.png, zipfile.ZIP_STORED)
        xml = ET.tostring(image, encoding="UTF-8", xml_declaration=True)
        _add(archive, "stack.xml", xml, zipfile.ZIP_DEFLATED)
        _add(archive, MERGED, png.encode(merged, about), zipfile.ZIP_STORED)
        small = png.encode(_thumbnail(merged))
        _add(archive, "Thumbnails/thumbnail.png", small, zipfile.ZIP_STORED)


def save(
    path: Path,
    layers: Sequence[Layer | Group],
    merged: NDArray[np.uint8],
    about: Metadata = PLAIN,
) -> None:
    """Writes an OpenRaster file to disk in one step; arguments as for `write`.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    with files.atomic(path) as file:
        write(file, layers, merged, about)


def _describe(
    parent: ET.Element, layers: Sequence[Layer | Group], start: int = 0
) -> Iterator[tuple[str, Layer]]:
    """Adds the layers to a stack element and gives each layer with its file's name."""
    count = start
    for node in layers:
        attributes = {"name": node.name, "opacity": "1.0", "x": "0", "y": "0"}
        attributes["visibility"] = "visible" if node.visible else "hidden"
        if isinstance(node, Group):
            attributes |= {"composite-op": "svg:src-over", "isolation": "auto"}
            element = ET.SubElement(parent, "stack", attributes)
            yield from _describe(element, node.layers, count)
            count += len(node.layers)
        else:
            source = f"data/layer{count:03d}.png"
            x, y = map(str, node.offset)
            attributes |= {"composite-op": node.composite, "src": source, "x": x, "y": y}
            ET.SubElement(parent, "layer", attributes)
            yield source, node
            count += 1


def _add(archive: zipfile.ZipFile, name: str, data: bytes, compression: int) -> None:
    # A ZipInfo of our own has a fixed date: the same layers give the same file.
    info = zipfile.ZipInfo(name)
    info.compress_type = compression
    info.external_attr = 0o644 << 16
    archive.writestr(info, data)


def _with_alpha(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.shape[2] == 4:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA), np.uint8)


def _thumbnail(merged: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = _THUMBNAIL_SIDE / max(merged.shape[:2])
    if scale >= 1:
        return merged
    size = [max(1, round(side * scale)) for side in merged.shape[1::-1]]
    return np.asarray(cv2.resize(merged, size, interpolation=cv2.INTER_AREA), np.uint8)
