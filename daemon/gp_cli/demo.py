"""`gp demo`: opens pages, walks their regions, and shows what comes of it."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gp_client import Client, GuidedPage, files, streams
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from gp_cli import results, sheet, walk
from gp_cli.files import pictures, png
from gp_cli.install.plugin_folder import shared
from gp_cli.line_art import LineArt
from gp_cli.sheet import Made, Panel
from gp_cli.walk import Stopwatch

_FIRST = 6  # regions whose shares are told one by one; colours after which the spread is shown


@dataclass(frozen=True)
class DemoOptions:
    """How the demo is to run.

    Attributes:
        out: folder for the sheets and layered files.
        pages: line art, from `find_pages`.
        limit: colours a page that are given one by one; None: thirty. The rest get theirs at once.
        palette: colours to take in turn; empty: what is likely, drawn.
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
                rows.append((streams.one_line(path.stem), sheet.small(page.panels)))
                _report(console, path, page, watch)
            except GuidingPainterError as error:
                failures.append(walk.about(path, error))
            finally:
                progress.remove_task(task)
                progress.advance(all_pages)
    if rows:
        overview = sheet.overview_sheet(rows, "GuidingPainter: from line art to flats")
        files.write_bytes(options.out / "overview.png", png.encode(overview))
        pages = sheet.counted(len(rows), "page")
        console.print(_text(f"{pages} in {options.out.resolve()}", "bold"))
        console.print(_text(f"All on one sheet: {(options.out / 'overview.png').resolve()}"))
    return failures


def _do_page(
    client: Client, path: Path, options: DemoOptions, progress: Progress, task: TaskID
) -> tuple[Made, Stopwatch]:
    def tell(stage: str, fraction: float) -> None:
        progress.update(
            task, description=streams.one_line(f"{path.name}: {stage}"), completed=fraction
        )

    watch = Stopwatch()
    with watch.step("read"):
        picture = pictures.read(path)
        paper = LineArt(picture).paper()
    with watch.step("open"):
        page = walk.open_guided(client, picture, progress=tell)
    try:
        tell("fetching the regions", 0.2)
        with watch.step("regions"):
            pieces, numbers = walk.piece_labels(page)
            labels = numbers[pieces]
            del pieces
        shown = [
            Panel("Line art", sheet.fit(paper)),
            Panel(
                f"{sheet.counted(len(page.regions), 'region')} by priority",
                sheet.region_panel(labels, paper),
            ),
        ]
        choose = _in_turn(options.palette) if options.palette else walk.drawn(page)
        tell("giving colours", 0.4)
        with watch.step("colours"):
            most = walk.ONE_BY_ONE if options.limit is None else options.limit
            given = walk.answer(page, choose, min(_FIRST, most))
            shown.append(
                Panel(
                    f"{sheet.counted(given, 'colour')}, and what follows",
                    sheet.painted(_spread(page), paper),
                )
            )
            given += walk.answer(page, choose, most - given)
        with watch.step("ora"):
            out = options.out / f"{path.stem}.ora"
            results.write_layers(page, picture, "flats", out, rest=choose, tell=tell)
        tell("painting", 0.7)
        with watch.step("soft"):
            shown.append(Panel("Soft colours", sheet.painted(walk.layer(page, "soft"), paper)))
        with watch.step("flats"):
            flats = walk.flats(page)
            shown.append(Panel("Flats", sheet.painted(flats, paper)))
    finally:
        page.close()
    tell("drawing the sheet", 0.9)
    with watch.step("sheet"):
        made = Made.of(labels, paper, flats, given, tuple(shown))
        contact = sheet.page_sheet(made, streams.one_line(path.stem))
        files.write_bytes(options.out / f"{path.stem}.png", png.encode(contact))
    return made, watch


def _in_turn(palette: Sequence[Color]) -> walk.Choose:
    """Takes the palette's colours one after the other, from the start again at its end."""
    colors = itertools.cycle(palette)
    return lambda _number: next(colors)


def _spread(page: GuidedPage) -> NDArray[np.uint8]:
    """The colours given so far and, paler, what a bold guide would give from them."""
    before = page.spread
    page.spread = "bold"
    try:
        return walk.layer(page, "flats")
    finally:
        page.spread = before


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


def _report(console: Console, path: Path, page: Made, watch: Stopwatch) -> None:
    width, height = page.size
    console.print(_text(path.name, "bold"), end="  ")
    regions = f"{len(page.shares)} regions, {page.given} colours given one by one"
    console.print(Text(f"{width} x {height}, {regions}"))
    console.print(Text(f"  shares  {shares_line(page.shares)}"), soft_wrap=True)
    steps = (f"{name} {1000 * seconds:.0f}" for name, seconds in watch.seconds.items())
    console.print(Text("  ms      " + "  ".join(steps), style="dim"), soft_wrap=True)
