"""Reading picture files as line art: PNG, JPEG, WebP, TIFF, and the merged picture of PSD and ORA.

Sizes are read from the header and checked before anything is decoded.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from gp_canvas.lines import raster
from gp_client.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, GuidingPainterError
from gp_client.wire import MAX_PIXELS, MAX_SIDE
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from gp_cli.files import ora, psd

# Pillow counts pixels while it parses a header, before it allocates. It warns above this number;
# we make that warning an error of ours (see `_open`).
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".psd", ".psb", ".ora")
_KINDS = "Use PNG, JPEG, WebP, TIFF, PSD or ORA."
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I")
_ORIENTATION, _PHOTOMETRIC, _BITS, _PLANAR, _EXTRA = 274, 262, 258, 284, 338  # TIFF tags


@dataclass(frozen=True)
class Limits:
    """The largest picture that is read: pixels a side, and pixels in all."""

    side: int = MAX_SIDE
    pixels: int = MAX_PIXELS


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it came out of its file, turned upright.

    Attributes:
        pixels: uint8 or uint16 [H, W, channels], contiguous, rows from the top, straight alpha.
        format: its pixel format, a key of `gp_client.wire.FORMATS`, e.g. "GRAY8" or "RGBA16".
    """

    pixels: NDArray[Any]
    format: str

    @property
    def width(self) -> int:
        """Pixels."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.pixels.shape[0]

    def gray(self) -> NDArray[np.uint8]:
        """Luminance on white, uint8 [H, W]."""
        return raster.to_gray(self.pixels, self.format)

    def rgba(self) -> NDArray[np.uint8]:
        """uint8 [H, W, 4], straight alpha; 255 where the file has none."""
        pixels = self.pixels
        if pixels.dtype == np.uint16:
            pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
        height, width, channels = pixels.shape
        out = np.full((height, width, 4), 255, np.uint8)
        out[..., :3] = pixels[..., :3] if channels >= 3 else pixels[..., :1]
        if channels in (2, 4):
            out[..., 3] = pixels[..., -1]
        return out

    def rgb(self) -> NDArray[np.uint8]:
        """Composited on white, uint8 [H, W, 3]."""
        return raster.encode(self.rgba(), "RGB8")


def read(path: Path, limits: Limits | None = None) -> Picture:
    """Reads a picture file.

    Args:
        path: the file; its contents decide what it is, not its name.
        limits: what is too large; None takes the canvas limits (16384 a side, 100 MP).

    Raises:
        GuidingPainterError: BAD_REQUEST for a file that is missing or cannot be read,
            UNSUPPORTED_FORMAT for one that is no picture or a damaged one, TOO_LARGE.
    """
    name = path.name
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise GuidingPainterError(
            BAD_REQUEST, f"There is no file {path}.", "Check the name."
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GuidingPainterError(BAD_REQUEST, f"{path} cannot be read ({reason}).") from error
    if not data:
        raise GuidingPainterError(UNSUPPORTED_FORMAT, f"{name} is empty.", "Save it again.")
    return decode(data, name, limits)


def decode(data: bytes, name: str, limits: Limits | None = None) -> Picture:
    """Reads a picture file's bytes.

    Args:
        data: the whole file.
        name: for messages.
        limits: as for `read`.

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT, TOO_LARGE.
    """
    limits = limits or Limits()
    if data.startswith(b"PK\x03\x04"):
        # Twice the raw size: a picture that does not shrink still fits, a zip bomb does not.
        data = ora.read_merged(io.BytesIO(data), name, 16 * limits.pixels)
    try:
        if data.startswith(psd.MAGIC):
            header = psd.read_header(data)
            _check_size(header.width, header.height, name, limits)
            if header.readable:
                pixels, order = psd.read(data)
                return _picture(pixels, order)
        return _decode(data, name, limits)
    except GuidingPainterError:
        raise
    except UnidentifiedImageError as error:
        if data.startswith((b"II*\0", b"MM\0*")):
            raise _unsupported(name, "is a kind of TIFF that is not supported") from error
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT, f"{name} is no picture that can be read.", _KINDS
        ) from error
    except MemoryError as error:
        raise GuidingPainterError(
            TOO_LARGE, f"{name} does not fit into memory.", "Close other programs or scale it down."
        ) from error
    except Exception as error:
        # Decoders raise whatever damaged bytes lead them to (struct.error, zlib.error, ValueError,
        # SyntaxError …); all of it means the same to the artist.
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT, f"{name} is damaged.", "Save it again, or use another copy."
        ) from error


def _decode(data: bytes, name: str, limits: Limits) -> Picture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata, which we do not use
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP", "TIFF", "PSD"))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise _too_large(name, _png_size(data), limits) from error
        with image:
            _check_size(*image.size, name, limits)
            if _is_deep(image, data):
                return _decode_deep(image, data, name)
            return _decode_shallow(image, name)


def _is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether the file has 16 bits a channel, whatever Pillow would make of them."""
    if image.format == "PNG":
        return data[24] == 16
    if image.format == "TIFF":
        bits = getattr(image, "tag_v2", {}).get(_BITS, (1,))
        return max(bits) == 16 and image.mode != "CMYK"
    return False


def _decode_shallow(image: Image.Image, name: str) -> Picture:
    if image.mode in ("F", "LAB", *_DEEP_MODES):
        raise _unsupported(name, f"has a kind of pixels ({image.mode}) that is not supported")
    upright = ImageOps.exif_transpose(image)
    has_alpha = upright.mode in ("LA", "La", "RGBA", "RGBa", "PA")
    has_alpha = has_alpha or "transparency" in upright.info
    is_gray = upright.mode in ("1", "L", "LA", "La")
    if upright.mode in ("La", "RGBa"):
        upright = upright.convert("LA" if is_gray else "RGBA")
    order = ("GRAY" if is_gray else "RGB") + ("A" if has_alpha else "")
    # By way of RGBA, as Pillow knows a transparent colour there for each of its modes.
    mode = {"GRAY": "L", "GRAYA": "RGBA", "RGB": "RGB", "RGBA": "RGBA"}[order]
    pixels = np.asarray(upright.convert(mode))
    if order == "GRAYA":
        pixels = pixels[..., 2:]
    return _picture(pixels, order)


def _decode_deep(image: Image.Image, data: bytes, name: str) -> Picture:
    """16 bits a channel, by OpenCV, as Pillow keeps only 8 of them where there are colours."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(_PLANAR, 1) != 1:
        raise _unsupported(name, "keeps its 16-bit channels apart from each other")
    # OpenCV returns half a picture for some damaged files, Pillow notices.
    image.load()
    orientation = image.getexif().get(_ORIENTATION, 1)
    transparent = image.info.get("transparency")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        raise _unsupported(name, "has a kind of 16-bit pixels that is not supported")
    pixels = np.asarray(pixels)
    if pixels.ndim == 2:
        # Neither library minds a TIFF in which 0 is white.
        if tags.get(_PHOTOMETRIC) == 0:
            pixels = np.uint16(65535) - pixels
        planes = [pixels]
        if isinstance(transparent, int):
            planes.append(np.where(pixels == transparent, 0, 65535).astype(np.uint16))
        pixels, order = np.dstack(planes), "GRAY" if len(planes) == 1 else "GRAYA"
    elif pixels.shape[2] == 3:
        pixels, order = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), "RGB"
    else:
        pixels, order = cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA), "RGBA"
        extra = tags.get(_EXTRA, (2,))[0]
        if extra == 0:  # a spare channel, not transparency
            pixels, order = pixels[..., :3], "RGB"
        elif extra == 1:
            pixels = _unpremultiply(np.asarray(pixels))
    if image.format == "PNG":  # OpenCV has turned a TIFF already
        pixels = _turn(np.asarray(pixels), orientation)
    return _picture(np.asarray(pixels), order)


def _turn(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undoes an EXIF orientation, 1 to 8."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _unpremultiply(pixels: NDArray[Any]) -> NDArray[Any]:
    out = pixels.copy()
    alpha = np.maximum(pixels[..., 3:].astype(np.uint32), 1)
    out[..., :3] = np.minimum((pixels[..., :3] * np.uint32(65535) + alpha // 2) // alpha, 65535)
    return out


def _picture(pixels: NDArray[Any], order: str) -> Picture:
    pixels = np.ascontiguousarray(pixels.reshape(*pixels.shape[:2], -1))
    return Picture(pixels, order + ("16" if pixels.dtype.itemsize == 2 else "8"))


def _check_size(width: int, height: int, name: str, limits: Limits) -> None:
    if max(width, height) > limits.side or width * height > limits.pixels:
        raise _too_large(name, (width, height), limits)
    if min(width, height) < 1:
        raise GuidingPainterError(UNSUPPORTED_FORMAT, f"{name} has no pixels.")


def _too_large(name: str, size: tuple[int, int] | None, limits: Limits) -> GuidingPainterError:
    what = f"{name} is too large" if size is None else f"{name} is {size[0]} x {size[1]} pixels"
    megapixels = limits.pixels / 1e6
    return GuidingPainterError(
        TOO_LARGE,
        f"{what}, more than is supported.",
        f"Scale it to at most {limits.side} pixels a side and {megapixels:.4g} megapixels.",
    )


def _png_size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    return None


def _unsupported(name: str, problem: str) -> GuidingPainterError:
    return GuidingPainterError(
        UNSUPPORTED_FORMAT, f"{name} {problem}.", "Save it as PNG with 8 or 16 bits a channel."
    )
