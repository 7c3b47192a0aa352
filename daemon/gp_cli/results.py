"""What a page that is coloured becomes: a PNG, an OpenRaster file, or a PSD."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from gp_client import GuidedPage, files
from gp_client.types import Color, Tell
from numpy.typing import NDArray

from gp_cli import colors, walk
from gp_cli.color_options import STDOUT, ColorOptions
from gp_cli.files import made_of, ora, png, psd_layers
from gp_cli.files.picture import Picture
from gp_cli.line_art import LineArt


def write(page: GuidedPage, picture: Picture, wanted: ColorOptions, tell: Tell) -> None:
    """Writes a page; what is still open gets the colour suggested for it, where that is wanted.

    Args:
        page: the page.
        picture: its line art.
        wanted: where to, and how.
        tell: called with a stage's name and its fraction.

    Raises:
        GuidingPainterError: UNWRITABLE, or a connection's failure; then no file has been written.
    """
    pack = _WRITERS[wanted.format]
    if wanted.out == STDOUT:
        whole = BytesIO()  # so that nothing comes out of what fails
        pack(whole, page, picture, wanted, tell)
        made_of.seal(whole)
        sys.stdout.buffer.write(whole.getbuffer())
        return
    with files.atomic(wanted.out) as file:
        pack(file, page, picture, wanted, tell)
        made_of.seal(file)


def write_layers(
    page: GuidedPage,
    picture: Picture,
    kind: str,
    out: Path,
    shade: bool = False,
    rest: walk.Choose | None = None,
    tell: Tell = lambda _stage, _fraction: None,
) -> None:
    """Writes a page as an OpenRaster file, with a colour for what is still open.

    Args:
        page: the page.
        picture: its line art.
        kind: "flats" or "soft", the layer that is visible.
        out: the file.
        shade: with a layer of g's lightness, multiplied, above the flats.
        rest: gives what is still open its colour; None: what is suggested for it.
        tell: called with a stage's name and its fraction.

    Raises:
        GuidingPainterError: UNWRITABLE, or a connection's failure; then no file has been written.
    """
    wanted = ColorOptions(out, "ora", kind=kind, shade=shade)
    with files.atomic(out) as file:
        _pack_ora(file, page, picture, wanted, rest or walk.drawn(page), tell)


def _png(
    file: BinaryIO, page: GuidedPage, picture: Picture, wanted: ColorOptions, tell: Tell
) -> None:
    composed = _composed(page, picture, wanted, tell)
    tell("writing", 0.9)
    file.write(png.encode(composed, picture.about, wanted.note))


def _ora(
    file: BinaryIO, page: GuidedPage, picture: Picture, wanted: ColorOptions, tell: Tell
) -> None:
    rest = walk.drawn(page, wanted.draw) if wanted.complete else None
    _pack_ora(file, page, picture, wanted, rest, tell)


def _pack_ora(
    file: BinaryIO,
    page: GuidedPage,
    picture: Picture,
    wanted: ColorOptions,
    rest: walk.Choose | None,
    tell: Tell,
) -> None:
    layers, shown = _paint(page, picture, wanted, rest, tell)
    tell("writing", 0.9)
    lines = LineArt(picture)
    merged = lines.over(shown)
    del shown
    tree = layer_tree(lines, layers, wanted.kind)
    ora.write(file, tree, merged, picture.about, wanted.note)


def layer_tree(
    lines: LineArt,
    layers: Mapping[str, NDArray[np.uint8] | ora.Encoded],
    shown: str,
) -> tuple[ora.Layer | ora.Group, ...]:
    """The layers of the OpenRaster file.

    Args:
        lines: the line art.
        layers: "flats", "soft" and "hints" to uint8 [H, W, 4], or encoded; perhaps "shade", which
            is shown above them, multiplied.
        shown: the one that is visible.

    Returns:
        The line art, multiplied but for light strokes, above the group "GuidingPainter".
    """
    composite = "svg:multiply" if lines.multiplied else "svg:src-over"
    above = ora.Layer("Line art", lines.layer(), composite=composite)
    children = tuple(
        ora.Layer(kind, layers[kind], visible=kind == shown) for kind in ("flats", "soft", "hints")
    )
    if "shade" in layers:
        children = (ora.Layer("shade", layers["shade"], composite="svg:multiply"), *children)
    return above, ora.Group("GuidingPainter", children)


def _psd(
    file: BinaryIO, page: GuidedPage, picture: Picture, wanted: ColorOptions, tell: Tell
) -> None:
    """Lines, perhaps shade, and below them a layer for each colour, the largest at the bottom."""
    merged = _composed(page, picture, wanted, tell)
    tell("writing", 0.9)
    lines = LineArt(picture)
    above = [psd_layers.PsdLayer("Line art", lines.layer(), multiply=lines.multiplied)]
    if wanted.shade:
        light = walk.layer(page, "shade")
        above.insert(0, psd_layers.PsdLayer("shade", light, multiply=True))
    names = {} if wanted.cast is None else wanted.cast.names
    colors_given = _color_layers(page, names)
    psd_layers.write(
        file, above, "GuidingPainter", colors_given, merged, picture.about, wanted.note
    )


def _color_layers(page: GuidedPage, names: Mapping[Color, str]) -> Iterator[psd_layers.PsdLayer]:
    for layer in page.layers():
        if layer.by == "artist":
            x, y, width, height = layer.bbox
            pixels = np.frombuffer(page.layer(layer), np.uint8).reshape(height, width, 4)
            value = colors.to_hex(layer.color)
            name = psd_layers.cut(
                names.get(layer.color, ""), psd_layers.MOST_NAME - len(f" {value}")
            )
            shown = f"{name} {value}" if name else layer.name
            yield psd_layers.PsdLayer(shown, pixels, (x, y))


def _composed(
    page: GuidedPage, picture: Picture, wanted: ColorOptions, tell: Tell
) -> NDArray[np.uint8]:
    """The picture that becomes a PNG, uint8 [H, W, 3], or [H, W, 4] of the layer alone.

    Part by part: a page of 100 MP has layers of 400 MB.
    """
    tell(f"painting {wanted.kind}", 0.5)
    if wanted.kind == "flats" and wanted.complete:
        walk.give_rest(page, walk.drawn(page, wanted.draw))
    channels = 4 if wanted.layer_only else 3
    out = np.empty((page.height, page.width, channels), np.uint8)
    lines = LineArt(picture)
    for top, layer in walk.bands(page, wanted.kind):
        bottom = top + len(layer)
        if wanted.shade:
            layer = walk.shaded(layer, walk.part(page, "shade", top, len(layer)))
        out[top:bottom] = layer if wanted.layer_only else lines.over(layer, top)
    return out


def _paint(
    page: GuidedPage,
    picture: Picture,
    wanted: ColorOptions,
    rest: walk.Choose | None,
    tell: Tell,
) -> tuple[dict[str, ora.Encoded], NDArray[np.uint8]]:
    """All layers, and the one that is shown, uint8 [H, W, 4].

    What is still open gets its colour before the flats are made, where there is one for it. One is
    painted after the other and kept as it goes into the file: of 100 MP each has 400 MB.
    """
    about, kind = picture.about, wanted.kind
    layers = {"hints": ora.encode(walk.flats(page), about)}
    tell("painting soft", 0.5)
    soft = walk.layer(page, "soft")
    layers["soft"] = ora.encode(soft, about)
    shown = soft if kind == "soft" else None
    del soft
    tell("painting flats", 0.7)
    if rest is not None:
        walk.give_rest(page, rest)
    flats = walk.flats(page)
    layers["flats"] = ora.encode(flats, about)
    if shown is None:
        shown = flats
    del flats
    if wanted.shade:
        light = walk.layer(page, "shade")
        layers["shade"] = ora.encode(light, about)
        shown = walk.shaded(shown, light)
    return layers, shown


Writer = Callable[[BinaryIO, GuidedPage, Picture, ColorOptions, Tell], None]
_WRITERS: dict[str, Writer] = {"png": _png, "ora": _ora, "psd": _psd}
