"""Writing PSD files with a layer for each colour, which Photoshop, Clip Studio and others open."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gp_cli.files.metadata import PLAIN, Metadata

MOST_NAME = 255  # UTF-16 units of a layer's name
_NOTE = 4900  # an image resource, among those that are left to plug-ins
_INCH, _CM = 1, 2  # how a resolution is shown; widths and heights: in centimetres


@dataclass(frozen=True, eq=False)
class PsdLayer:
    """One layer.

    Attributes:
        name: shown in the editor; beyond `MOST_NAME` cut.
        pixels: uint8 [h, w, 4], RGBA, straight alpha.
        offset: (x, y) of its top left corner on the canvas.
        multiply: multiplied onto what is below, as lines are.
    """

    name: str
    pixels: NDArray[np.uint8]
    offset: tuple[int, int] = (0, 0)
    multiply: bool = False


def write(
    file: BinaryIO,
    above: Iterable[PsdLayer],
    group: str,
    layers: Iterable[PsdLayer],
    merged: NDArray[np.uint8],
    about: Metadata = PLAIN,
    note: bytes = b"",
) -> None:
    """Writes a PSD file.

    Args:
        file: seekable binary file.
        above: layers above the group, from below upwards.
        group: name of the group.
        layers: in it, from below upwards; taken one after the other, so that they need not all be
            held.
        merged: uint8 [H, W, 3], the picture that all of them make; what shows no layers shows it.
        about: the colours' profile, and the resolution.
        note: a line of ours, see `gp_cli.files.made_of`; b"": none.
    """
    psd = _document(merged, about, note)
    # Each new layer comes to lie above those before it.
    colors = psd.create_group(name=group)
    for one in layers:
        _add(psd, colors, one)
    for one in above:
        _add(psd, psd, one)
    psd.save(file)


def cut(name: str, most: int = MOST_NAME) -> str:
    """The start of a name that has at most so many UTF-16 units, no character of it halved."""
    return name.encode("utf-16-be", "replace")[: 2 * most].decode("utf-16-be", "ignore")


def _document(merged: NDArray[np.uint8], about: Metadata, note: bytes) -> Any:
    """A document without layers. Loading the library takes a quarter of a second."""
    from psd_tools import PSDImage
    from psd_tools.constants import Resource
    from psd_tools.psd.image_resources import ImageResource

    class Document(PSDImage):
        """One whose merged picture is ours: it would be composed anew in floating point."""

        def is_updated(self) -> bool:
            return False

    psd = Document.frompil(Image.fromarray(merged))
    if note:  # before the profile, which may be long
        psd.image_resources[_NOTE] = ImageResource(key=_NOTE, data=note)
    if about.profile:
        key = Resource.ICC_PROFILE
        psd.image_resources[key] = ImageResource(key=key, data=about.profile)
    if about.dpi is not None:
        across, down = (round(part * 65536) for part in about.dpi)  # 16.16 fixed point
        data = struct.pack(">IHHIHH", across, _INCH, _CM, down, _INCH, _CM)
        key = Resource.RESOLUTION_INFO
        psd.image_resources[key] = ImageResource(key=key, data=data)
    return psd


def _add(psd: Any, place: Any, layer: PsdLayer) -> None:
    from psd_tools.constants import BlendMode, Tag

    x, y = layer.offset
    mode = BlendMode.MULTIPLY if layer.multiply else BlendMode.NORMAL
    image = Image.fromarray(layer.pixels)
    # The old field has one byte a character; programs of this century read the other one.
    name = cut(layer.name)
    plain = name.encode("ascii", "replace").decode()
    made = psd.create_pixel_layer(image, name=plain, top=y, left=x, blend_mode=mode)
    made.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
    if made.parent is not place:
        made.move_to_group(place)
