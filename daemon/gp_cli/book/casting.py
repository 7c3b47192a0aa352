"""Casts from the command line: learned from coloured pictures, and made anew for other networks."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from gp_canvas.lines.ink import read_line_art
from gp_client import Client
from gp_client.cast import SUFFIX, Cast, CastPage
from gp_client.cast_file import change_cast, read_cast
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Tell
from numpy.typing import NDArray

from gp_cli import arguments, failures, walk
from gp_cli.colorize import learn, learned_path
from gp_cli.source_page import PageSource, opened

_PAPER = 245  # in every channel: what nobody coloured
_SPECK = 1e-4  # of the canvas: a smaller piece is the soft edge of lines
_ALIKE = 12  # in every channel: shades of one colour, as photographs of flats have them
# Of the canvas: what covers less is no colour of its own beside one that differs so much less. The
# middle of a small piece is partly its lines' soft edge.
_LITTLE, _NEAR = 2e-3, 32


def load(path: Path, new: bool = False) -> Cast:
    """Reads a cast's file.

    Args:
        path: the file.
        new: a file that is missing is a cast without pages; one that is to be written.

    Raises:
        GuidingPainterError: as `read_cast`; BAD_REQUEST for a new one whose ending is another
            file's.
    """
    if not new or path.exists():
        return read_cast(path)
    if path.suffix.lower() != SUFFIX:
        raise GuidingPainterError(
            BAD_REQUEST, f"{path} is no {SUFFIX}.", f"Name it NAME{SUFFIX}, before the pictures."
        )
    return Cast()


def segmenter(client: Client) -> str:
    """sha256 of the network whose tokens the daemon understands; "" where it does not say."""
    bundle = client.info.get("bundle") or {}
    return str((bundle.get("sha256") or {}).get("segmenter", ""))


def learn_picture(client: Client, page: PageSource, tell: Tell) -> CastPage:
    """Learns a coloured picture: lines are read from it, and each piece's median colour.

    White paper stays blank; colours that differ less than a scan's do are one.

    Args:
        client: of the daemon.
        page: the picture.
        tell: called with a stage's name and its fraction.

    Raises:
        GuidingPainterError: BAD_REQUEST where there is no colour; as reading and opening it.
    """
    learned_path(page)  # so that what cannot be kept costs no time
    tell("reading", 0.0)
    picture = page.read()
    # Without the dark fills, which would pass for ink: as the daemon sees it.
    lines = np.repeat(read_line_art(picture.pixels, picture.format)[..., None], 3, axis=2)
    with opened(client, picture, page, tell) as found:
        walk.color_from_picture(found, picture.rgb(), lines)
        learned = learn(found, page)
    tidied = _tidied(learned)
    if tidied is None:
        raise GuidingPainterError(
            BAD_REQUEST, f"{page.name} has no colours to learn.", "Use a picture that is coloured."
        )
    return tidied


def renew(
    client: Client, cast: Cast, tell: Tell, beside: Path | None = None
) -> tuple[Cast, list[str], list[str]]:
    """Makes tokens of other networks anew, from the pages where these can be found.

    Args:
        client: of the daemon whose networks are to understand them.
        cast: the cast.
        tell: called with a stage's name and its fraction.
        beside: a folder to look in for pages that are no more where they were: the cast's.

    Returns:
        The cast with the pages that could be made anew in their places, their titles, and a
        sentence for each page that could not.
    """
    now, done, left = segmenter(client), list[str](), list[str]()
    pages = []
    for page in cast.pages:
        if page.segmenter == now:
            pages.append(page)
            continue
        tell(f"learning {page.title} again", len(pages) / len(cast.pages))
        try:
            pages.append(_again(client, page, beside))
            done.append(page.title)
        except Exception as error:  # one page, whatever it is, does not keep the others
            pages.append(page)
            message = failures.as_error(error).message
            left.append(f"{page.title} cannot be learned again: {message}")
    return replace(cast, pages=tuple(pages)), done, left


def remark_gray(options: argparse.Namespace, page: CastPage, kept: bool = True) -> None:
    """Says where a page that was learned has nothing but grays: it may be the wrong picture.

    Args:
        options: of the command.
        page: by its title.
        kept: in a cast's file, not for one run alone.
    """
    if page.gray:
        hint = "gp cast forget takes them out again" if kept else "name the coloured picture"
        arguments.remark(
            options,
            f"{page.title} has only shades of gray, which are taken for colours. "
            f"If that is not meant: {hint}.",
        )


def add(path: Path, *learned: CastPage) -> CastPage:
    """Adds pages to a cast's file, which may be new.

    Returns:
        The last of them, by its title there.

    Raises:
        GuidingPainterError: as `change_cast`.
    """

    def change(cast: Cast) -> Cast:
        for page in learned:
            titled.append(cast.titled(page))
            cast = cast.learned(titled[-1])
        return cast

    titled: list[CastPage] = []
    change_cast(path, change, new=True)
    return titled[-1]


def put(path: Path, before: Cast, after: Cast) -> None:
    """Puts what `renew` made into the file, but for pages that another has changed meanwhile.

    Raises:
        GuidingPainterError: as `change_cast`.
    """
    renewed = [pair for pair in zip(before.pages, after.pages, strict=True) if pair[0] != pair[1]]

    def change(cast: Cast) -> Cast:
        pages = [next((new for old, new in renewed if old == page), page) for page in cast.pages]
        return replace(cast, pages=tuple(pages))

    change_cast(path, change)


def _again(client: Client, page: CastPage, beside: Path | None) -> CastPage:
    if not page.source:
        raise GuidingPainterError(BAD_REQUEST, "The cast does not say where its line art is.")
    path = Path(page.source)
    if beside is not None and not path.exists() and (beside / path.name).is_file():
        path = beside / path.name
    source = PageSource(path, page.gap, page.ink, page.number, page.lines or None)
    picture = source.read()
    if (picture.width, picture.height) != page.size:
        raise GuidingPainterError(
            BAD_REQUEST, f"{source.name} has another size than when it was learned."
        )
    quiet: Tell = lambda _stage, _fraction: None  # noqa: E731
    with opened(client, picture, source, quiet, page.acts()) as found:
        learned = found.learn(page.title, str(path), page.number, page.lines, pictures=False)
    return replace(learned, pictures=page.pictures)


def _tidied(page: CastPage) -> CastPage | None:
    """The page with paper as blank and shades of one colour as one, without specks.

    None where all is paper.
    """
    page = _only(page, np.frombuffer(page.shares, "<f4") >= _SPECK)
    colors = np.frombuffer(page.colors, np.uint8).reshape(-1, 4).copy()
    colors[(colors[:, :3] >= _PAPER).all(axis=1)] = 0
    if not colors[:, 3].any():
        return None
    weights: Counter[tuple[int, ...]] = Counter()
    for color, share in zip(colors.tolist(), np.frombuffer(page.shares, "<f4"), strict=True):
        if color[3]:
            weights[tuple(color)] += share
    leads = _leads(weights)
    for place in np.flatnonzero(colors[:, 3]).tolist():
        colors[place] = leads[tuple(colors[place].tolist())]
    left = {(red, green, blue) for red, green, blue, alpha in colors.tolist() if alpha}
    pictures = {color: png for color, png in page.pictures.items() if color in left}
    return replace(page, colors=colors.tobytes(), pictures=pictures)


def _only(page: CastPage, wanted: NDArray[np.bool_]) -> CastPage:
    """The page with some of its pieces; with all where these would be none."""
    if not wanted.any():
        return page
    parts = {}
    for name, kind in (("tokens", "<f2"), ("colors", "u1"), ("shares", "<f4"), ("points", "<i4")):
        array = np.frombuffer(getattr(page, name), kind).reshape(page.count, -1)
        parts[name] = array[wanted].tobytes()
    return replace(page, **parts)


def _leads(weights: Counter[tuple[int, ...]]) -> dict[tuple[int, ...], NDArray[np.uint8]]:
    """For each colour, by its share of the canvas, the larger one that it is a shade of."""
    found: dict[tuple[int, ...], NDArray[np.uint8]] = {}
    leads = np.zeros((0, 4), np.int32)
    for color, share in weights.most_common():
        far = np.abs(leads - np.array(color, np.int32)).max(axis=1)
        nearest = int(far.argmin()) if len(far) else -1
        if nearest < 0 or far[nearest] > (_NEAR if share < _LITTLE else _ALIKE):
            nearest, leads = len(leads), np.vstack([leads, np.array([color], np.int32)])
        found[color] = leads[nearest].astype(np.uint8)
    return found
