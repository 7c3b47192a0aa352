"""`gp`: the demonstration and the everyday jobs; it asks the daemon, as the plug-ins do."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import gp_client
from gp_client import files, streams
from gp_client.connection import locate
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.page_options import MAX_GAP, MAX_INK
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from gp_cli import asking, colors, demo, doctor, ending, own_daemons, walk
from gp_cli import colorize as coloring
from gp_cli import status as status_view
from gp_cli.colorize import ColorOptions, PageSource
from gp_cli.files import pictures
from gp_cli.install import command as install

_ALL = -1  # --page all


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `gp`.

    Args:
        argv: arguments, without the program's name; None takes the process's own.

    Returns:
        0, or 2 after one sentence on stderr that says what went wrong, or 128 and the number of the
        signal that ended it.
    """
    try:
        with ending.on_signals():
            return streams.run("gp", lambda: _run(argv))
    except ending.Ended as end:  # at its last words
        return 128 + end.number


def _run(argv: Sequence[str] | None) -> int:
    options = _parser().parse_args(argv)
    job: Callable[[argparse.Namespace], int] = options.job
    return job(options)


def _demo(options: argparse.Namespace) -> int:
    samples = options.samples or demo.default_samples()
    if samples is None:
        raise GuidingPainterError(
            BAD_REQUEST,
            "The sample pages do not come with the installed package.",
            "Name a folder of line art: gp demo --samples DIR",
        )
    palette = colors.read_palette(options.palette) if options.palette else ()
    pages = demo.find_pages(samples)
    with _connect(options)() as client:
        files.make_folder(options.out)
        demo_options = demo.DemoOptions(options.out, pages, options.colors, palette)
        failures = demo.run(client, demo_options, Console(file=streams.raw(sys.stdout)))
    for failure in failures:
        _complain(failure)
    return 2 if failures else 0


def _colorize(options: argparse.Namespace) -> int:
    out = options.out or Path(f"{options.page.stem}-{options.kind}.png")

    def one(page: PageSource, every: bool) -> None:
        wanted = ColorOptions(
            out=out.with_stem(f"{out.stem}-{page.number}") if every else out,
            hints=options.hints,
            reference=options.reference,
            limit=options.colors,
            kind=options.kind,
            layer_only=options.layer,
            shade=options.shade,
        )
        coloring.check(page, wanted)
        with _progress() as tell:
            coloring.colorize(_connect(options), page, wanted, tell)
        streams.say(wanted.out)

    return _each_page(options, one)


def _regions(options: argparse.Namespace) -> int:
    def one(page: PageSource, every: bool) -> None:
        out = options.out / str(page.number) if every else options.out
        if every:
            files.make_folder(options.out)
        with _progress() as tell:
            count = coloring.regions(_connect(options), page, out, tell)
        streams.say(f"{count} regions in {out}")

    return _each_page(options, one)


def _each_page(options: argparse.Namespace, one: Callable[[PageSource, bool], None]) -> int:
    """Does something to the page that was asked for, or to all that the file has.

    Args:
        options: of the command.
        one: given a page, and whether all are done.

    Returns:
        The exit code: 2 where one of all failed; the others are done.
    """
    every = options.number == _ALL
    count = pictures.count_pages(options.page) if every or options.number is None else 1
    if options.number is None and count > 1:
        streams.complain(
            f"gp: {options.page.name} has {count} pages, this is the first. "
            "--page N takes another, --page all takes all."
        )
    failed = False
    for number in range(1, count + 1) if every else [options.number or 1]:
        page = PageSource(options.page, options.gap, options.ink, number, options.lines)
        try:
            one(page, every)
        except GuidingPainterError as error:
            if not every:
                raise
            failed = True
            streams.complain(f"gp: page {number}: {error}")
    return 2 if failed else 0


def _status(options: argparse.Namespace) -> int:
    print("\n".join(status_view.lines(asking.ask(locate(None, None), "status"))))
    return 0


def _stop(options: argparse.Namespace) -> int:
    own_daemons.stop(print)
    return 0


def _log(options: argparse.Namespace) -> int:
    for line in own_daemons.last_lines(options.lines):
        print(line)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    findings = doctor.examine()
    print(doctor.report(findings))
    return 2 if any(finding.level == "bad" for finding in findings) else 0


def _connect(options: argparse.Namespace) -> walk.Connect:
    device = "cpu" if options.cpu else None if options.gpu is None else f"gpu:{options.gpu}"
    return lambda: walk.daemon(options.bundle, device)


@contextlib.contextmanager
def _progress() -> Iterator[coloring.Tell]:
    """A line on stderr that says what is being done; nothing where nobody looks."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn())
    console = Console(file=streams.raw(sys.stderr))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as p:
        task = p.add_task("", total=1.0)
        yield lambda stage, fraction: p.update(task, description=stage, completed=fraction)


def _complain(error: GuidingPainterError) -> None:
    streams.complain(f"gp: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gp", description="Colours line drawings region by region, the most useful ones first."
    )
    parser.add_argument("--version", action="version", version=f"gp {gp_client.__version__}")
    jobs = parser.add_subparsers(metavar="JOB")
    parser.set_defaults(job=lambda _: parser.print_help() or 2)  # which lists the jobs

    job = jobs.add_parser("demo", help="colour the sample pages and show every step")
    _add_common(job)
    job.add_argument("-o", "--out", type=Path, metavar="DIR", default=Path("gp-demo"))
    job.add_argument("--samples", type=Path, metavar="DIR", help="other line art")
    job.add_argument("--palette", type=Path, metavar="FILE", help="colours to use: .gpl or .json")
    job.set_defaults(job=_demo)

    job = jobs.add_parser("colorize", help="colour one page")
    _add_page(job)
    source = job.add_mutually_exclusive_group(required=True)
    source.add_argument("--auto", action="store_true", help="take each region's suggestion")
    source.add_argument("--hints", type=Path, metavar="JSON", help='{"hints": {"1": "#aabbcc"}}')
    source.add_argument(
        "--reference", type=Path, metavar="PICTURE", help="coloured picture of the same drawing"
    )
    job.add_argument("--kind", choices=("flats", "soft"), default="flats")
    job.add_argument("--shade", action="store_true", help="the networks' light and shade on flats")
    job.add_argument("--layer", action="store_true", help="write the colour layer alone")
    job.add_argument("-o", "--out", type=Path, metavar="FILE", help=".png or .ora")
    job.set_defaults(job=_colorize)

    job = jobs.add_parser("regions", help="write a page's regions as masks")
    _add_page(job, hints=False)
    job.add_argument("-o", "--out", type=Path, metavar="DIR", required=True)
    job.set_defaults(job=_regions)

    job = jobs.add_parser("status", help="say what the running daemon does")
    job.set_defaults(job=_status)

    job = jobs.add_parser("stop", help="end the running daemon")
    job.set_defaults(job=_stop)

    job = jobs.add_parser("log", help="show the end of the daemon's log")
    job.add_argument("-n", "--lines", type=_count, metavar="N", default=100, help="default: 100")
    job.set_defaults(job=_log)

    job = jobs.add_parser("doctor", help="say what is wrong with this machine's set-up")
    job.set_defaults(job=_doctor)

    install.add_jobs(jobs)
    return parser


def _add_page(job: argparse.ArgumentParser, hints: bool = True) -> None:
    job.add_argument(
        "page", type=Path, metavar="PAGE", help="PNG, JPEG, WebP, TIFF, PSD, ORA, KRA and others"
    )
    job.add_argument(
        "--page", type=_page_number, dest="number", metavar="N",
        help="of a file with several pages; all: each",
    )  # fmt: skip
    job.add_argument("--lines", metavar="NAME", help="the layer of an .ora that is the line art")
    _add_common(job, hints)
    job.add_argument("--gap", type=_gap, metavar="PX", help="close gaps in lines up to this width")
    job.add_argument("--ink", type=_tone, metavar="T", help="darker than this, 0 to 255, is ink")


def _add_common(job: argparse.ArgumentParser, hints: bool = True) -> None:
    if hints:
        job.add_argument("--colors", type=_count, metavar="N", help="at most so many hints a page")
    job.add_argument("--bundle", type=Path, metavar="DIR", help="networks of your own")
    device = job.add_mutually_exclusive_group()
    device.add_argument("--cpu", action="store_true", help="use the CPU")
    device.add_argument("--gpu", type=_count, metavar="N", help="use this CUDA device, or fail")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _page_number(text: str) -> int:
    value = _ALL if text == "all" else _count(text)
    if value == 0:
        raise argparse.ArgumentTypeError("pages are counted from 1")
    return value


def _tone(text: str) -> int:
    value = _count(text)
    if value > MAX_INK:
        raise argparse.ArgumentTypeError(f"{text!r} is not a tone from 0 to {MAX_INK}")
    return value


def _gap(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MAX_GAP:  # False for NaN too
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of pixels from 0 to {MAX_GAP}")
    return value


if __name__ == "__main__":
    sys.exit(main())
