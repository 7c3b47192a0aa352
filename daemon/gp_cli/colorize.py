"""`gp colorize`: one page, from file to file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gp_client import GuidedPage, files, streams
from gp_client.cast import Cast, CastPage
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Level, Tell
from numpy.typing import NDArray

from gp_cli import colors, results, walk
from gp_cli.color_options import STDOUT, ColorOptions
from gp_cli.files import pictures
from gp_cli.files.picture import Picture
from gp_cli.files.source import STDIN
from gp_cli.line_art import LineArt
from gp_cli.source_page import PageSource, opened

_SHAPE_TOLERANCE = 0.05  # of the ratio of the sides, between a page and a picture of its drawing


@dataclass(frozen=True)
class Colored:
    """What became of a page.

    Attributes:
        share: of the canvas that has a colour, 0..1.
        proposed: of the canvas that has one from the cast, 0..1.
        learned: what its hints or the picture of the same drawing teach others, where wanted.
        colored_already: whether it came in colours, which were taken for paper.
    """

    share: float
    proposed: float
    learned: CastPage | None
    colored_already: bool = False


def check(page: PageSource, wanted: ColorOptions) -> None:
    """Finds what cannot work before the work begins.

    Raises:
        GuidingPainterError: BAD_REQUEST, UNWRITABLE.
    """
    if wanted.format != "png" and wanted.layer_only:
        raise GuidingPainterError(
            BAD_REQUEST, f"An .{wanted.format} file has all layers.", "Use --layer with a .png."
        )
    if wanted.shade and wanted.kind != "flats":
        raise GuidingPainterError(
            BAD_REQUEST, "Soft colours have their shade already.", "Use --shade with --kind flats."
        )
    if wanted.format == "psd" and wanted.kind != "flats":
        raise GuidingPainterError(
            BAD_REQUEST,
            "A .psd file has a layer for each flat colour.",
            "Use --kind soft with .png or .ora.",
        )
    if wanted.out == STDOUT:
        if sys.stdout.isatty():
            raise GuidingPainterError(
                BAD_REQUEST, "A terminal shows no pictures.", "Give -o a file, or pipe it on."
            )
        return
    files.check_writable(wanted.out.parent)


def colorize(
    connect: walk.Connect,
    page: PageSource,
    picture: Picture,
    wanted: ColorOptions,
    tell: Tell,
) -> Colored:
    """Colours a page and writes it; call `check` first.

    Args:
        connect: gives a client as a context, once the files have been read.
        page: the page.
        picture: what it was read as.
        wanted: the colours and the output.
        tell: called with a stage's name and its fraction.

    Raises:
        GuidingPainterError: anything that goes wrong; then no file has been written.
    """
    same = None
    if wanted.adopt is not None:
        same = pictures.read(wanted.adopt).rgb()
        _check_same_shape(picture, same, wanted.adopt)
    with connect() as client, opened(client, picture, page, tell) as found:
        learned = None
        if wanted.hints is not None:
            hints = colors.read_hints(wanted.hints, len(found.regions))
            chosen = sorted(hints)[: wanted.limit]
            walk.give_colors(found, {number: hints[number] for number in chosen})
        elif same is not None:
            walk.color_from_picture(found, same, LineArt(picture).paper(), wanted.limit)
            del same
        if wanted.learns and found.can_undo:
            learned = learn(found, page)
        before = _share(found)
        if wanted.cast is not None:
            tell("comparing with earlier pages", 0.0)
            use_cast(found, wanted.cast, wanted.spread)
        proposed = _share(found) - before
        if wanted.auto and wanted.hints is None and wanted.adopt is None:
            tell("giving hints", 0.0)
            choose = walk.drawn(found, wanted.draw)
            walk.answer(found, choose, wanted.limit)
            if wanted.limit is None:
                walk.give_rest(found, choose)
        results.write(found, picture, wanted, tell)
        return Colored(_share(found), proposed, learned, found.colored_already)


def use_cast(page: GuidedPage, cast: Cast, spread: Level) -> None:
    """Takes from a cast what the guide is sure of, and keeps it.

    Raises:
        GuidingPainterError: as `GuidedPage.use`.
    """
    page.use(cast)
    page.spread = spread
    if any(region.state == "proposed" for region in page.regions):
        page.keep("all")


def learn(page: GuidedPage, source: PageSource) -> CastPage:
    """What a page teaches, with where it came from.

    Raises:
        GuidingPainterError: as `GuidedPage.learn` and `learned_path`.
    """
    path = learned_path(source)
    return page.learn("page", path, source.number, source.lines or "")


def learned_path(source: PageSource) -> str:
    """The path by which a cast finds a page again, "" for standard input.

    Raises:
        GuidingPainterError: BAD_REQUEST for a name that is no UTF-8, as a cast's texts are.
    """
    path = "" if source.path == STDIN else str(source.path.absolute())
    shown = streams.readable(path)
    if shown != path:
        raise GuidingPainterError(
            BAD_REQUEST, f"The name {shown} is not UTF-8.", "Give the file or folder another name."
        )
    return path


def _share(page: GuidedPage) -> float:
    pixels = sum(region.pixels for region in page.regions if region.state == "colored")
    return pixels / (page.width * page.height)


def _check_same_shape(page: Picture, reference: NDArray[np.uint8], path: Path) -> None:
    height, width = reference.shape[:2]
    ratio = (width / height) / (page.width / page.height)
    if abs(ratio - 1) > _SHAPE_TOLERANCE:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{path.name} ({width} x {height}) has another shape than the page "
            f"({page.width} x {page.height}).",
            "Use a coloured picture of the same drawing.",
        )
