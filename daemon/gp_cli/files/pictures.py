"""Reading picture files as line art: those that Pillow knows, and what PSD, ORA and KRA show.

Sizes are read from the header and checked before anything is decoded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from gp_canvas.lines import raster
from gp_client import streams
from gp_client.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, GuidingPainterError
from gp_client.wire import MAX_PIXELS, MAX_SIDE
from PIL import Image, ImageOps, UnidentifiedImageError

from gp_cli import failures
from gp_cli.files import deep, frames, metadata, ora_layers, psd, psd_reading, sizes, svg
from gp_cli.files.metadata import Metadata
from gp_cli.files.picture import Picture
from gp_cli.files.source import STDIN, Source, called, open_source

# Pillow counts pixels while it parses a header, before it allocates. It warns above this number;
# we make that warning an error of ours (see `_open`).
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".tga", ".avif", ".jp2",
    ".psd", ".psb", ".ora", ".kra", ".svg",
)  # fmt: skip
_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "PSD", "GIF", "BMP", "AVIF", "JPEG2000", "TGA")
_AGAIN = "Save it again, or use another copy."
_KINDS = "Use PNG, JPEG, WebP, TIFF, GIF, BMP, TGA, AVIF, JPEG 2000, PSD, ORA, KRA or SVG."
_HEIC = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypheim", b"ftypmif1", b"ftypmsf1")
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I")
T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """The largest picture that is read: pixels a side, and pixels in all."""

    side: int = MAX_SIDE
    pixels: int = MAX_PIXELS


@dataclass(frozen=True)
class Wanted:
    """Which picture of a file, and how large it may be.

    Attributes:
        name: of the file, for messages.
        limits: what is too large.
        number: of the page, from 1 on.
        lines: name of the layer that is the line art; None: what the file shows.
    """

    name: str
    limits: Limits = field(default_factory=Limits)
    number: int = 1
    lines: str | None = None


def read(
    path: Path, limits: Limits | None = None, number: int = 1, lines: str | None = None
) -> Picture:
    """Reads a picture file.

    Args:
        path: the file; its contents decide what it is, not its name.
        limits: what is too large; None takes the canvas limits of `gp_client.wire`.
        number: of the page, where it has several, from 1 on.
        lines: name of the layer that is the line art, of an ORA or PSD; None: what the file shows.

    Raises:
        GuidingPainterError: BAD_REQUEST for a file that is missing or cannot be read, or a page or
            layer that it has not; UNSUPPORTED_FORMAT for one that is no picture or a damaged one;
            TOO_LARGE.
    """
    limits = limits or Limits()
    source = open_source(path, lambda head: _most_bytes(head, limits))
    return _safely(source, Wanted(called(path), limits, number, lines), _read_kind)


def check(path: Path) -> None:
    """Sees that a file is there and looks like a picture; nothing is decoded, no pipe is read.

    Raises:
        GuidingPainterError: as `read` does.
    """
    if path != STDIN and path.is_file():
        count_pages(path)
    else:
        check_there(path)


def check_there(path: Path) -> None:
    """Sees that something to read has this name, be it a pipe; it is not looked into.

    Raises:
        GuidingPainterError: BAD_REQUEST.
    """
    if path != STDIN and (path.is_dir() or not path.exists()):
        open_source(path, lambda _head: 0)  # says what is wrong


def count_pages(path: Path) -> int:
    """How many pages a file has; nothing is decoded. 1 for what cannot be counted, such as a pipe.

    Raises:
        GuidingPainterError: as `read` does.
    """
    if path == STDIN or not path.is_file():
        return 1
    source = open_source(path, lambda head: _most_bytes(head, Limits()))
    if source.head.startswith((b"PK", psd.MAGIC)) or svg.is_svg(source.head):
        return 1
    return _safely(source, Wanted(path.name), _count)


def decode(data: bytes, name: str, limits: Limits | None = None) -> Picture:
    """Reads a picture file's bytes.

    Args:
        data: the whole file.
        name: for messages.
        limits: as for `read`.

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT, TOO_LARGE.
    """
    return _safely(Source(data), Wanted(name, limits or Limits()), _read_kind)


def _safely(source: Source, wanted: Wanted, do: Callable[[Source, Wanted], T]) -> T:
    name = wanted.name
    try:
        # Decoders' own remarks about odd metadata say nothing to an artist.
        with streams.muted(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return do(source, wanted)
    except GuidingPainterError:
        raise
    except UnidentifiedImageError as error:
        if source.head.startswith(_TIFF):
            raise deep.unsupported(name, "is a kind of TIFF that is not supported") from error
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT, f"{name} is no picture that can be read.", _KINDS
        ) from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_large(name, None, wanted.limits) from error
    except sizes.Excess as error:
        raise GuidingPainterError(
            TOO_LARGE, f"{name} asks for more memory than its picture needs ({error}).", _AGAIN
        ) from error
    except MemoryError as error:
        raise GuidingPainterError(
            TOO_LARGE, f"{name} does not fit into memory.", "Close other programs or scale it down."
        ) from error
    except Exception as error:
        # Decoders raise whatever damaged bytes lead them to (struct.error, zlib.error, ValueError,
        # SyntaxError …); all of it means the same to the artist.
        raise GuidingPainterError(UNSUPPORTED_FORMAT, f"{name} is damaged.", _AGAIN) from error


def _read_kind(source: Source, wanted: Wanted) -> Picture:
    name, limits = wanted.name, wanted.limits
    zipped = source.head.startswith(b"PK\x03\x04")
    if wanted.lines is not None and not (zipped or source.head.startswith(psd.MAGIC)):
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{name} has no layers that can be read.",
            "Use --lines with an .ora or a .psd file.",
        )
    if zipped:
        return _layered(source, wanted)
    if source.head.startswith(psd.MAGIC):
        header = psd.read_header(source.head)
        _check_size(header.width, header.height, name, limits)
        if header.readable:
            with source.open() as file:
                pixels, order, about = psd.read(file)
            picture = replace(deep.as_picture(pixels, order), about=about.metadata)
            if wanted.lines is None and not (about.layers and picture.empty):
                return picture
            return replace(_psd_layers(source, wanted), about=about.metadata)
    if svg.is_svg(source.head):
        with source.open() as file:
            drawn = svg.to_png(file.read(svg.MOST_BYTES + 1), name)
        return _read_kind(Source(drawn), replace(wanted, number=1))
    if source.head[4:12] in _HEIC:
        raise deep.unsupported(name, "is HEIC, as phones save photos, and is not read")
    _look_ahead(source, wanted)
    with source.open() as file:
        found, place, pages, about = _pillow(file, source.head, wanted)
    picture = found if isinstance(found, Picture) else deep.decode(source, found, name, place)
    return replace(picture, about=about, pages=pages)


def _most_bytes(head: bytes, limits: Limits) -> int:
    """The most bytes that a picture can have that begins so; 0 for what is no picture."""
    most = 16 * limits.pixels
    if head.startswith(sizes.PNG):
        return min(most, sizes.png_limit(head))
    if svg.is_svg(head):
        return svg.MOST_BYTES
    if head.startswith((b"PK", psd.MAGIC)) or sizes.may_be_tga(head) or head[4:12] in _HEIC:
        return most
    Image.init()
    asked = (Image.OPEN[kind][1] for kind in _FORMATS if kind in Image.OPEN)
    return most if any(accept is not None and accept(head) for accept in asked) else 0


def _layered(source: Source, wanted: Wanted) -> Picture:
    """What an archive of layers shows, or one layer of it."""

    def check(width: int, height: int) -> None:
        _check_size(width, height, wanted.name, wanted.limits)

    def decode_member(data: bytes) -> Picture:
        return _read_kind(Source(data), replace(wanted, number=1, lines=None))

    with source.open() as file:
        return ora_layers.read(file, wanted.name, wanted.lines, check, decode_member)


def _psd_layers(source: Source, wanted: Wanted) -> Picture:
    """A PSD's layers put together, or one of them."""

    def check(width: int, height: int) -> None:
        if width and height:
            _check_size(width, height, wanted.name, wanted.limits)

    try:
        with source.open() as file:
            pixels = psd_reading.read(file, wanted.name, wanted.lines, check)
    except GuidingPainterError:
        raise
    except MemoryError:
        raise
    except ImportError as error:
        raise failures.as_error(error) from error
    except Exception as error:
        raise _without_picture(wanted.name) from error
    picture = Picture(pixels, "RGBA8")
    if wanted.lines is None and picture.empty:
        raise _without_picture(wanted.name)
    return picture


def _without_picture(name: str) -> GuidingPainterError:
    return GuidingPainterError(
        UNSUPPORTED_FORMAT,
        f"{name} was saved without a picture of its layers.",
        'Save it with "Maximise Compatibility", or as PNG or OpenRaster (.ora).',
    )


def _look_ahead(source: Source, wanted: Wanted) -> None:
    """Looks at what a header declares, before anything is decoded."""
    size = sizes.declared(source.head)
    if size is not None:
        _check_size(*size, wanted.name, wanted.limits)
    if source.head.startswith(_TIFF):
        with source.open() as file:
            sizes.check_tiff(file)


def _count(source: Source, wanted: Wanted) -> int:
    _look_ahead(source, wanted)
    with source.open() as file, Image.open(file, formats=_FORMATS) as image:
        return len(frames.pages(image))


def _pillow(
    file: BinaryIO, head: bytes, wanted: Wanted
) -> tuple[Picture | deep.Deep, int, int, Metadata]:
    """A page, or what is to be known of one with 16 bits a channel; Pillow's own is freed.

    Returns:
        That, its place among the file's pictures, how many pages there are, and what else it says.
    """
    name = wanted.name
    with Image.open(file, formats=_FORMATS) as image:
        _check_size(*image.size, name, wanted.limits)
        place, pages = frames.choose(image, wanted.number, name)
        _check_size(*image.size, name, wanted.limits)
        about = metadata.of_picture(image.info)
        is_deep = deep.is_deep(image, head)
        found = deep.look(image, name) if is_deep else _decode_shallow(image, name)
    return found, place, pages, about


def _decode_shallow(image: Image.Image, name: str) -> Picture:
    if image.mode in ("F", "LAB", *_DEEP_MODES):
        raise deep.unsupported(name, f"has a kind of pixels ({image.mode}) that is not supported")
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    has_alpha = image.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info
    is_gray = image.mode in ("1", "L", "LA", "La")
    order = ("GRAY" if is_gray else "RGB") + ("A" if has_alpha else "")
    # By way of RGBA, as Pillow knows a transparent colour there for each of its modes.
    mode = {"GRAY": "L", "GRAYA": "RGBA", "RGB": "RGB", "RGBA": "RGBA"}[order]
    width, height = image.size
    pixels = np.empty((height, width, {"GRAYA": 2}.get(order, len(mode))), np.uint8)
    for top, bottom in raster.strips(height, width):
        strip = image.crop((0, top, width, bottom))
        if strip.mode in ("La", "RGBa"):
            strip = strip.convert("LA" if is_gray else "RGBA")
        values = np.asarray(strip if strip.mode == mode else strip.convert(mode))
        values = values.reshape(bottom - top, width, -1)
        pixels[top:bottom] = values[..., 2:] if order == "GRAYA" else values
    return deep.as_picture(pixels, order)


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
