"""`gp demo`: opens pages, walks their regions, and shows what comes of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gp_client import Client, files, streams
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from gp_cli import sheet, walk
from gp_cli.files import ora, pictures, png
from gp_cli.files.picture import Picture
from gp_cli.install.plugin_folder import shared
from gp_cli.walk import Colored, Stopwatch

_FIRST = 6  # regions whose shares are told one by one

KINDS = ("hints", "flats", "soft")


@dataclass(frozen=True)
class DemoOptions:
    """How the demo is to run.

    Attributes:
        out: folder for the sheets and layered files.
        pages: line art, from `find_pages`.
        limit: hints a page; None: one for each region.
        palette: colours to take in turn; empty: the suggestions.
    """

    out: Path
    pages: tuple[Path, ...]
    limit: int | None = None
    palette: tuple[Color, ...] = ()


def default_samples() -> Path | None:
    """The sample pages of a checkout, or the one that comes with a wheel; None without either."""
    checkout = Path(__file__).resolve().parents[2] / "docs" / "samples"
    return next((one for one in (checkout, *shared("samples")) if one.is_dir()), None)


def find_pages(folder: Path) -> tuple[Path, ...]:
    """The picture files in a folder, by name.

    Raises:
        GuidingPainterError: BAD_REQUEST where there are none.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GuidingPainterError(
            BAD_REQUEST, f"The samples in {folder} cannot be read ({reason})."
        ) from error
    found = tuple(path for path in files if path.suffix.lower() in pictures.SUFFIXES)
    if not found:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"There are no pictures in {folder}.",
            "Name a folder of line art with --samples.",
        )
    return found


def run(client: Client, options: DemoOptions, console: Console) -> list[GuidingPainterError]:
    """Makes a contact sheet and a layered file of each page, and an overview of all.

    Args:
        client: a connection to the daemon.
        options: what to do.
        console: where the report goes.

    Returns:
        Why pages failed; the others are done.

    Raises:
        GuidingPainterError: the overview cannot be written.
    """
    console.print(_about(client), style="dim")
    failures: list[GuidingPainterError] = []
    rows: list[tuple[str, Sequence[sheet.Panel]]] = []
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    # To stderr, which leaves a clean report on stdout.
    with Progress(
        *columns, console=Console(file=streams.raw(sys.stderr)), transient=True
    ) as progress:
        all_pages = progress.add_task("Pages", total=len(options.pages))
        for path in options.pages:
            task = progress.add_task(streams.one_line(path.name), total=1.0)
            try:
                page, watch = _do_page(client, path, options, progress, task)
                rows.append((streams.one_line(path.stem), sheet.panels(page, sheet.SMALL)))
                _report(console, path, page, watch)
            except GuidingPainterError as error:
                failures.append(walk.about(path, error))
            finally:
                progress.remove_task(task)
                progress.advance(all_pages)
    if rows:
        overview = sheet.overview_sheet(rows, "GuidingPainter: from line art to flats")
        files.write_bytes(options.out / "overview.png", png.encode(overview))
        console.print(_text(f"{len(rows)} pages in {options.out.resolve()}", "bold"))
        console.print(_text(f"All on one sheet: {(options.out / 'overview.png').resolve()}"))
    return failures


def _do_page(
    client: Client, path: Path, options: DemoOptions, progress: Progress, task: TaskID
) -> tuple[Colored, Stopwatch]:
    def tell(stage: str, fraction: float) -> None:
        progress.update(
            task, description=streams.one_line(f"{path.name}: {stage}"), completed=fraction
        )

    watch = Stopwatch()
    with watch.step("read"):
        picture = pictures.read(path)
        paper = walk.on_paper(picture)
    with watch.step("open"):
        page = walk.open_page(client, picture, progress=tell)
    try:
        tell("fetching the regions", 0.2)
        with watch.step("regions"):
            labels = walk.label_map(page)
        tell("giving hints", 0.4)
        with watch.step("hints"):
            hints = walk.give_suggestions(page, options.limit, options.palette)
        layers = {}
        for kind in KINDS:
            tell(f"painting {kind}", 0.6)
            with watch.step("hints" if kind == "hints" else kind):
                layers[kind] = walk.layer(page, kind)
    finally:
        page.close()
    colored = Colored(paper, labels, hints, layers)
    tell("drawing the sheet", 0.8)
    with watch.step("sheet"):
        contact = sheet.page_sheet(colored, streams.one_line(path.stem))
        files.write_bytes(options.out / f"{path.stem}.png", png.encode(contact))
    tell("writing the layers", 0.9)
    with watch.step("ora"):
        merged = walk.under_lines(layers["flats"], paper)
        layers_in_file = layer_tree(picture, paper, layers, "flats")
        ora.save(options.out / f"{path.stem}.ora", layers_in_file, merged)
    return colored, watch


def layer_tree(
    picture: Picture,
    paper: NDArray[np.uint8],
    layers: Mapping[str, NDArray[np.uint8] | ora.Encoded],
    shown: str,
) -> tuple[ora.Layer | ora.Group, ...]:
    """The layers of the OpenRaster file.

    Args:
        picture: the line art.
        paper: uint8 [H, W, 3], the line art as dark lines on white.
        layers: "flats", "soft" and "hints" to uint8 [H, W, 4], or encoded; perhaps "shade", which
            is shown above them, multiplied.
        shown: the one that is visible.

    Returns:
        The line art, multiplied, above the group "GuidingPainter".
    """
    # An inverted page's own pixels would multiply everything to black.
    own = picture.rgba() if walk.is_dark_on_light(picture) else paper
    lines = ora.Layer("Line art", own, composite="svg:multiply")
    children = tuple(
        ora.Layer(kind, layers[kind], visible=kind == shown) for kind in ("flats", "soft", "hints")
    )
    if "shade" in layers:
        children = (ora.Layer("shade", layers["shade"], composite="svg:multiply"), *children)
    return lines, ora.Group("GuidingPainter", children)


def _about(client: Client) -> Text:
    bundle = client.info.get("bundle") or {}
    name, version = bundle.get("name", "?"), bundle.get("version", "?")
    return _text(f"Networks {name} {version} on {client.info.get('device', '?')}")


def _text(text: str, style: str = "") -> Text:
    """A line for rich, which writes to the terminal itself."""
    return Text(streams.one_line(text), style=style)


def shares_line(shares: Mapping[int, float]) -> str:
    """How much of the page the first regions are, and how much all others together."""
    first, rest = list(shares.items())[:_FIRST], list(shares.values())[_FIRST:]
    parts = [f"{number}: {100 * share:.1f} %" for number, share in first]
    if rest:
        parts.append(f"{len(rest)} more: {100 * sum(rest):.1f} %")
    return "  ".join(parts)


def _report(console: Console, path: Path, page: Colored, watch: Stopwatch) -> None:
    shares = page.shares
    height, width = page.labels.shape
    console.print(_text(path.name, "bold"), end="  ")
    console.print(Text(f"{width} x {height}, {len(shares)} regions, {len(page.hints)} hints"))
    console.print(Text(f"  shares  {shares_line(shares)}"), soft_wrap=True)
    steps = (f"{name} {1000 * seconds:.0f}" for name, seconds in watch.seconds.items())
    console.print(Text("  ms      " + "  ".join(steps), style="dim"), soft_wrap=True)
