"""Reading OpenRaster and Krita files: what they show, or one layer.

The merged picture is taken where there is a whole one. Else an OpenRaster file's layers are put
together; Krita's own have a format of theirs. Nothing is unpacked before its size is known.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from gp_canvas.lines import raster
from gp_client.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, GuidingPainterError
from numpy.typing import NDArray

from gp_cli.files import sizes
from gp_cli.files.metadata import Metadata
from gp_cli.files.ora import MERGED, MIMETYPE
from gp_cli.files.picture import Picture

_KRITA = b"application/x-krita"  # has the same merged picture in the same place
_HINT = "Save it again as OpenRaster (.ora) or as PNG."
_STACK = "stack.xml"
_MAX_STACK = 4 << 20  # bytes: some 10,000 layers
_MAX_DEPTH = 64  # groups in groups
_MOST_APART = 4  # of them that are put together by themselves: each takes a canvas
_OVER, _MULTIPLY = "svg:src-over", "svg:multiply"

Check = Callable[[int, int], None]
Decode = Callable[[bytes], Picture]


def read(file: BinaryIO, name: str, lines: str | None, check: Check, decode: Decode) -> Picture:
    """Reads what an OpenRaster or Krita file shows, or one layer of it.

    Args:
        file: seekable binary file.
        name: of the file, for messages.
        lines: name of a layer or group, which is taken whether visible or not; None: the picture.
        check: given a width and height in pixels; raises where they are too much.
        decode: a PNG file's bytes to a picture.

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT for another kind of archive, one that shows nothing
            that can be put together, or a damaged one; BAD_REQUEST for a layer that it has not;
            TOO_LARGE; what ``check`` and ``decode`` raise of these.
    """
    try:
        sizes.check_zip(file)
        with zipfile.ZipFile(file) as archive:
            kind = _member(archive, "mimetype", 64).strip()
            if kind not in (MIMETYPE, _KRITA):
                raise KeyError("mimetype")
            members = _Members(archive, name, check, decode)
            if kind == _KRITA:
                if lines is not None:
                    raise GuidingPainterError(
                        BAD_REQUEST, f"The layers of {name} are in Krita's own format.",
                        "Save it as OpenRaster (.ora) to name one, or hide the others.",
                    )  # fmt: skip
                return members.picture(MERGED)
            return _openraster(members, lines)
    except KeyError as error:
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT, f"{name} is an archive without a merged picture.", _HINT
        ) from error
    except (GuidingPainterError, sizes.Excess):
        raise
    except Exception as error:
        # zipfile, zlib, lzma and the XML parser each have errors of their own for damaged data.
        raise GuidingPainterError(UNSUPPORTED_FORMAT, f"{name} is damaged.", _HINT) from error


class _Members:
    """The pictures of an archive."""

    def __init__(self, archive: zipfile.ZipFile, name: str, check: Check, decode: Decode) -> None:
        self.archive, self.name, self.check, self._decode = archive, name, check, decode

    def has(self, member: str) -> bool:
        return member in self.archive.NameToInfo

    def size(self, member: str) -> tuple[int, int]:
        """Width and height of a PNG file.

        Raises:
            KeyError: there is none of this name, or it is no PNG.
        """
        size = sizes.declared(_member(self.archive, member, sizes.HEAD))
        if size is None:
            raise KeyError(member)
        return size

    def picture(self, member: str) -> Picture:
        """A PNG file, decoded."""
        head = _member(self.archive, member, sizes.HEAD)
        self.check(*(sizes.declared(head) or (1, 1)))
        length = self.archive.getinfo(member).file_size
        if length > sizes.png_limit(head):
            raise GuidingPainterError(
                TOO_LARGE, f"A picture in {self.name} is too large ({member}).", _HINT
            )
        return self._decode(_member(self.archive, member, length + 1))


def _openraster(members: _Members, lines: str | None) -> Picture:
    if not members.has(_STACK) and lines is None:
        return members.picture(MERGED)
    text = _member(members.archive, _STACK, _MAX_STACK + 1)
    if len(text) > _MAX_STACK or b"<!DOCTYPE" in text:
        raise ValueError("no list of layers")
    image = ET.fromstring(text)
    width, height = (int(image.get(side, "0")) for side in ("w", "h"))
    unsized = width < 1 or height < 1  # no canvas is named: the merged picture is all there is
    shown = lines is None and members.has(MERGED)
    if shown and (unsized or members.size(MERGED) == (width, height)):
        return members.picture(MERGED)
    members.check(width, height)
    root = image.find("stack")
    if root is None or unsized:
        raise ValueError("no layers")
    if lines is not None:
        root = _named(root, lines, members.name)
    canvas = np.zeros((height, width, 4), np.uint8)
    about = _lay_all(canvas, root, members, forced=lines is not None) or Metadata()
    picture = Picture(canvas, "RGBA8", about)
    if lines is None and picture.empty:
        names = ", ".join(sorted({one.get("name", "") for one in root.iter()} - {"", "Root"})[:8])
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT,
            f"{members.name} shows an empty page: its layers are hidden or empty.",
            f"Name the line art with --lines ({names}).",
        )  # fmt: skip
    return picture


def _named(root: ET.Element, lines: str, file: str) -> ET.Element:
    for element in root.iter():
        if element is not root and element.get("name") == lines:
            return element
    names = [element.get("name", "") for element in root.iter("layer")]
    raise GuidingPainterError(
        BAD_REQUEST, f"{file} has no layer {lines!r}.", f"It has: {', '.join(names[:12])}."
    )


def _lay_all(
    canvas: NDArray[np.uint8],
    element: ET.Element,
    members: _Members,
    depth: int = 0,
    apart: int = 0,
    forced: bool = False,
) -> Metadata | None:
    """Puts a layer that can be seen, or all of a group, onto the canvas, in place.

    Args:
        canvas: uint8 [H, W, 4], straight alpha.
        element: the layer or group.
        members: the archive.
        depth: groups around it.
        apart: those of them that are put together by themselves.
        forced: it is laid, hidden or not.

    Returns:
        What a layer's file says beside its pixels.
    """
    if not forced and element.get("visibility", "visible") != "visible":
        return None
    opacity = min(1.0, max(0.0, float(element.get("opacity", "1"))))
    how = element.get("composite-op", _OVER)
    if element.tag == "layer":
        return _lay(canvas, element, opacity, how, members)
    if element.tag != "stack" or depth >= _MAX_DEPTH:
        return None
    own = canvas
    if depth and (opacity < 1 or how != _OVER or _is_apart(element)):
        if apart >= _MOST_APART:
            raise GuidingPainterError(
                UNSUPPORTED_FORMAT, f"{members.name} has too many groups in groups.", _HINT
            )
        _check_way(how, members)
        own, apart = np.zeros_like(canvas), apart + 1
    about = None
    for child in reversed(element):
        about = _lay_all(own, child, members, depth + 1, apart) or about
    if own is not canvas:
        for top, bottom in raster.strips(*own.shape[:2]):
            blend(canvas[top:bottom], own[top:bottom], opacity, how == _MULTIPLY)
    return about


def _is_apart(group: ET.Element) -> bool:
    """Whether a group's layers are blended with each other alone, and that makes a difference."""
    if group.get("isolation", "isolate") == "auto":
        return False
    return any(one.get("composite-op", _OVER) != _OVER for one in group.iter() if one is not group)


def _check_way(how: str, members: _Members) -> None:
    if how != _MULTIPLY and how != _OVER and how.startswith("svg:"):
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT,
            f"A layer of {members.name} is blended in a way ({how}) that is not known here.",
            _HINT,
        )


def _lay(
    canvas: NDArray[np.uint8], layer: ET.Element, opacity: float, how: str, members: _Members
) -> Metadata | None:
    """Puts a layer onto the canvas, in place; what its file says beside its pixels."""
    source = layer.get("src", "")
    if not source.lower().endswith(".png") or not members.has(source):
        return None
    _check_way(how, members)
    x, y = (int(float(layer.get(axis, "0"))) for axis in "xy")
    height, width = canvas.shape[:2]
    across, down = members.size(source)
    if any(key.rpartition("}")[2].endswith("background_tile") for key in layer.attrib):
        _cover(canvas, members.picture(source).rgba(), opacity)  # MyPaint's paper
        return None
    left, top, right, bottom = max(0, x), max(0, y), min(width, x + across), min(height, y + down)
    if left >= right or top >= bottom:
        return None
    picture = members.picture(source)
    for first, last in raster.strips(bottom - top, width):
        rows = slice(top + first, top + last)
        part = replace(
            picture, pixels=picture.pixels[rows.start - y : rows.stop - y, left - x : right - x]
        ).rgba()
        blend(canvas[rows, left:right], part, opacity, how == _MULTIPLY)
    return picture.about


def _cover(canvas: NDArray[np.uint8], tile: NDArray[np.uint8], opacity: float) -> None:
    """Lays a tile over the whole canvas, again and again, in place."""
    height, width = canvas.shape[:2]
    row = np.tile(tile, (1, -(-width // tile.shape[1]), 1))[:, :width]
    for top in range(0, height, len(row)):
        part = canvas[top : top + len(row)]
        blend(part, row[: len(part)], opacity, False)


def blend(
    below: NDArray[np.uint8], above: NDArray[np.uint8], opacity: float, multiply: bool
) -> None:
    """Source over, straight alpha, in place."""
    top, bottom = above.astype(np.float32) / 255, below.astype(np.float32) / 255
    alpha, under = top[..., 3:] * opacity, bottom[..., 3:]
    colors = top[..., :3]
    if multiply:
        colors = colors * (1 - under + under * bottom[..., :3])
    whole = alpha + under * (1 - alpha)
    mixed = colors * alpha + bottom[..., :3] * under * (1 - alpha)
    below[..., :3] = np.round(255 * mixed / np.maximum(whole, 1e-6))
    below[..., 3:] = np.round(255 * whole)


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member's first bytes. Never more is unpacked, whatever the archive says of its size.

    Raises:
        KeyError: there is none of this name.
    """
    info = archive.getinfo(name)
    # What OpenRaster has; of the others Python's zipfile unpacks all that they hold at once.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("a compression that OpenRaster does not have")
    with archive.open(info) as entry:
        return entry.read(most)
