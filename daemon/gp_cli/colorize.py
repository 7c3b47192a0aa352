"""`gp colorize` and `gp regions`: one page, from file to files."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gp_client import Client, GuidedPage, files
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from numpy.typing import NDArray

from gp_cli import colors, demo, walk
from gp_cli.files import ora, pictures, png
from gp_cli.files.metadata import Metadata
from gp_cli.files.picture import Picture

REGIONS_FILE = "regions.json"
_SHAPE_TOLERANCE = 0.05  # of the ratio of the sides, between a page and its reference

Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class PageSource:
    """How to open a page.

    Attributes:
        path: its file.
        gap: gaps in lines up to this many pixels are closed.
        ink: darker than this, 0..255, is ink.
        number: of the page, where the file has several, from 1 on.
        lines: name of the layer that is the line art; None: what the file shows.
    """

    path: Path
    gap: float | None = None
    ink: int | None = None
    number: int = 1
    lines: str | None = None

    def read(self) -> Picture:
        """Its picture.

        Raises:
            GuidingPainterError: as `pictures.read` does.
        """
        return pictures.read(self.path, number=self.number, lines=self.lines)


@dataclass(frozen=True)
class ColorOptions:
    """Where the hints come from and what becomes of them.

    Attributes:
        out: .png or .ora.
        hints: file of hints, or None.
        reference: coloured picture of the same drawing, or None; with neither, the suggestions.
        limit: the most hints, in priority order; None: one a region.
        kind: "flats" or "soft".
        layer_only: a PNG of the colour layer alone, without the line art.
        shade: the lightness that the networks paint is multiplied onto flats; in an .ora file it is
            a layer of its own.
    """

    out: Path
    hints: Path | None = None
    reference: Path | None = None
    limit: int | None = None
    kind: str = "flats"
    layer_only: bool = False
    shade: bool = False

    @property
    def layered(self) -> bool:
        """Whether an OpenRaster file is wished."""
        return self.out.suffix.lower() == ".ora"


def check(page: PageSource, wanted: ColorOptions) -> None:
    """Finds what cannot work before the work begins.

    Raises:
        GuidingPainterError: BAD_REQUEST, UNWRITABLE.
    """
    if wanted.out.suffix.lower() not in (".png", ".ora"):
        raise GuidingPainterError(
            BAD_REQUEST, f"{wanted.out} is neither .png nor .ora.", "Give -o another ending."
        )
    if wanted.layered and wanted.layer_only:
        raise GuidingPainterError(
            BAD_REQUEST, "An .ora file has all layers.", "Use --layer with a .png."
        )
    if wanted.shade and wanted.kind != "flats":
        raise GuidingPainterError(
            BAD_REQUEST, "Soft colours have their shade already.", "Use --shade with --kind flats."
        )
    for source in (page.path, wanted.hints, wanted.reference):
        if source is not None and _same_file(source, wanted.out):
            raise GuidingPainterError(
                BAD_REQUEST, f"{wanted.out} would overwrite {source}.", "Choose another name."
            )
    files.check_writable(wanted.out.parent)


def colorize(connect: walk.Connect, page: PageSource, wanted: ColorOptions, tell: Tell) -> None:
    """Colours a page and writes it; call `check` first.

    Args:
        connect: gives a client as a context, once the files have been read.
        page: the page.
        wanted: the colours and the output.
        tell: called with a stage's name and its fraction.

    Raises:
        GuidingPainterError: anything that goes wrong; then no file has been written.
    """
    tell("reading", 0.0)
    picture = page.read()
    reference = None
    if wanted.reference is not None:
        reference = pictures.read(wanted.reference).rgb()
        _check_same_shape(picture, reference, wanted.reference)
    with connect() as client, _opened(client, picture, page, tell) as opened:
        if wanted.hints is not None:
            hints = colors.read_hints(wanted.hints, len(opened.regions))
            chosen_ones = sorted(hints)[: wanted.limit]
            walk.give_colors(opened, {number: hints[number] for number in chosen_ones})
        elif reference is not None:
            paper = walk.on_paper(picture)
            walk.color_from_reference(opened, reference, paper, wanted.limit)
            del paper
        else:
            tell("giving hints", 0.0)
            walk.give_guided_suggestions(opened, wanted.limit)
        if wanted.layered:
            write_layers(opened, picture, wanted.kind, wanted.out, wanted.shade, tell)
            return
        result = _composed(opened, picture, wanted, tell)
    tell("writing", 0.9)
    about = picture.about
    del picture
    files.write_bytes(wanted.out, png.encode(result, about))


def write_layers(
    page: GuidedPage,
    picture: Picture,
    kind: str,
    out: Path,
    shade: bool = False,
    tell: Tell = lambda _stage, _fraction: None,
) -> None:
    """Writes a page as an OpenRaster file; what is still open gets the colour suggested for it.

    Args:
        page: the page.
        picture: its line art.
        kind: "flats" or "soft", the layer that is visible.
        out: the file.
        shade: with a layer of g's lightness, multiplied, above the flats.
        tell: called with a stage's name and its fraction.

    Raises:
        GuidingPainterError: UNWRITABLE, or a connection's failure; then no file has been written.
    """
    layers, shown = _paint(page, kind, shade, picture.about, tell)
    tell("writing", 0.9)
    paper = walk.on_paper(picture)
    merged = walk.under_lines(shown, paper)
    del shown
    ora.save(out, demo.layer_tree(picture, paper, layers, kind), merged, picture.about)


def _composed(
    page: GuidedPage, picture: Picture, wanted: ColorOptions, tell: Tell
) -> NDArray[np.uint8]:
    """The picture that becomes a PNG, uint8 [H, W, 3], or [H, W, 4] of the layer alone.

    Part by part: a page of 100 MP has layers of 400 MB.
    """
    tell(f"painting {wanted.kind}", 0.5)
    if wanted.kind == "flats":
        walk.give_rest(page)
    channels = 4 if wanted.layer_only else 3
    out = np.empty((page.height, page.width, channels), np.uint8)
    light = walk.is_dark_on_light(picture)
    for top, layer in walk.bands(page, wanted.kind):
        bottom = top + len(layer)
        if wanted.shade:
            layer = walk.shaded(layer, walk.part(page, "shade", top, len(layer)))
        if wanted.layer_only:
            out[top:bottom] = layer
        else:
            lines = picture.rgb(top, bottom)
            out[top:bottom] = walk.under_lines(layer, lines if light else 255 - lines)
    return out


def _paint(
    page: GuidedPage, kind: str, shade: bool, about: Metadata, tell: Tell
) -> tuple[dict[str, ora.Encoded], NDArray[np.uint8]]:
    """All layers, what is still open coloured for the flats, and what is shown, uint8 [H, W, 4].

    One is painted after the other and kept as it goes into the file: of 100 MP each has 400 MB.
    """
    layers = {"hints": ora.encode(walk.flats(page), about)}
    tell("painting soft", 0.5)
    soft = walk.layer(page, "soft")
    layers["soft"] = ora.encode(soft, about)
    shown = soft if kind == "soft" else None
    del soft
    tell("painting flats", 0.7)
    walk.give_rest(page)
    flats = walk.flats(page)
    layers["flats"] = ora.encode(flats, about)
    if shown is None:
        shown = flats
    del flats
    if shade:
        light = walk.layer(page, "shade")
        layers["shade"] = ora.encode(light, about)
        shown = walk.shaded(shown, light)
    return layers, shown


def regions(connect: walk.Connect, page: PageSource, out: Path, tell: Tell) -> int:
    """Writes a page's regions: a mask of canvas size for each as PNG, and regions.json.

    Args:
        connect: gives a client as a context, once the page has been read.
        page: the page.
        out: folder; made where it is missing.
        tell: called with a stage's name and its fraction.

    Returns:
        How many regions there are.

    Raises:
        GuidingPainterError: anything that goes wrong; then no file has been written.
    """
    tell("reading", 0.0)
    picture = page.read()
    with _staged(out) as stage, connect() as client, _opened(client, picture, page, tell) as opened:
        described = []
        for region in opened.regions:
            tell("writing masks", region.number / len(opened.regions))
            mask = opened.mask(region.number)
            x, y, width, height = mask.bbox
            canvas = np.zeros((opened.height, opened.width), np.uint8)
            inside = np.frombuffer(mask.data, np.uint8).reshape(height, width)
            canvas[y : y + height, x : x + width] = inside
            name = f"region-{region.number:02d}.png"
            (stage / name).write_bytes(png.encode(canvas))
            described.append(_describe(region, name, opened))
        about = {"page": page.path.name, "width": opened.width, "height": opened.height}
        text = json.dumps({**about, "regions": described}, indent=2)
        (stage / REGIONS_FILE).write_text(text + "\n", encoding="utf-8")
        return len(described)


def _describe(region: Any, mask: str, page: GuidedPage) -> dict[str, Any]:
    return {
        "number": region.number,
        "mask": mask,
        "bbox": list(region.bbox),
        "pixels": region.pixels,
        "share": round(region.pixels / (page.width * page.height), 6),
        "suggestion": colors.to_hex(region.suggestion),
    }


@contextlib.contextmanager
def _opened(
    client: Client, picture: Picture, wanted: PageSource, tell: Tell
) -> Iterator[GuidedPage]:
    try:
        page = walk.open_guided(client, picture, wanted.gap, wanted.ink, tell)
    except GuidingPainterError as error:
        raise walk.about(wanted.path, error) from error
    try:
        yield page
    finally:
        page.close()


@contextlib.contextmanager
def _staged(out: Path) -> Iterator[Path]:
    """A folder whose files move to `out` together, regions.json last; or none do."""
    ours = [folder for folder in (out, *out.parents) if not folder.exists()]
    files.make_folder(out)
    stage = Path(tempfile.mkdtemp(prefix=".gp-", dir=out))
    done = False
    try:
        yield stage
        names = sorted(path.name for path in stage.iterdir())
        names.sort(key=REGIONS_FILE.__eq__)
        for name in _listed_masks(out):
            if name not in names:
                (out / name).unlink(missing_ok=True)
        for name in names:
            os.replace(stage / name, out / name)
        done = True
    except OSError as error:
        raise files.unwritable(out, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if not done:
            # Only while they are empty: somebody may have put something there.
            with contextlib.suppress(OSError):
                for folder in ours:
                    folder.rmdir()


def _listed_masks(folder: Path) -> list[str]:
    """The masks of an earlier run, which may have had more regions."""
    try:
        fields = json.loads((folder / REGIONS_FILE).read_bytes())
        names = [region["mask"] for region in fields["regions"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # none, or a file of somebody else's
    # Only ours: the file may have been edited, and a name could lead anywhere.
    return [
        name
        for name in names
        if isinstance(name, str)
        and name.startswith("region-")
        and name.endswith(".png")
        and name == Path(name).name
    ]


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()


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
