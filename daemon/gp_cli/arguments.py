"""Arguments that several commands of `gp` have, and what they mean."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from gp_client import streams
from gp_client.page_options import MAX_GAP, MAX_INK
from gp_client.types import Color, Tell
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from gp_cli.files import pencil

ALL = -1  # --page all


def add_job(
    jobs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, does: str, example: str
) -> argparse.ArgumentParser:
    """Add a command, whose help ends with an example."""
    return jobs.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=f"example: {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_lines(job: argparse.ArgumentParser) -> None:
    """How line art is found in a file."""
    job.add_argument(
        "--page", type=page_number, dest="number", metavar="N",
        help="of a file with several pages; all: each; default: the first",
    )  # fmt: skip
    job.add_argument(
        "--lines", metavar="NAME", help="the layer of an .ora or .psd that is the line art"
    )
    job.add_argument(
        "--gap",
        type=gap,
        metavar="PX",
        help="close gaps in lines up to this width; default: by the page's size",
    )
    job.add_argument(
        "--ink",
        type=tone,
        metavar="T",
        help="darker than this, 0 to 255, is ink; default: measured",
    )


def add_drop(job: argparse.ArgumentParser) -> None:
    """Which pencil is left out."""
    job.add_argument(
        "--drop",
        type=pencil_color,
        metavar="COLOUR",
        help="leave out a pencil under the ink: blue, red and so on, or #rrggbb; default: nothing",
    )


def add_colors(job: argparse.ArgumentParser) -> None:
    """How many hints there are at most."""
    job.add_argument(
        "--colors", type=count, metavar="N", help="at most so many hints a page; default: all"
    )


def add_daemon(job: argparse.ArgumentParser) -> None:
    """Which networks and which device."""
    job.add_argument("--bundle", type=Path, metavar="DIR", help="networks of your own")
    device = job.add_mutually_exclusive_group()
    device.add_argument("--cpu", action="store_true", help="use the CPU; default: the best device")
    device.add_argument("--gpu", type=count, metavar="N", help="use this CUDA device, or fail")


def add_talk(job: argparse.ArgumentParser) -> None:
    """How much is said on the way."""
    talk = job.add_mutually_exclusive_group()
    talk.add_argument("-q", "--quiet", action="store_true", help="say what goes wrong alone")
    talk.add_argument("-v", "--verbose", action="store_true", help="say each step and its second")


def remark(options: argparse.Namespace, text: str) -> None:
    """Say on stderr what is good to know and no fault; nothing where that is not wished."""
    if not options.quiet:
        streams.complain(f"gp: {text}")


def device(options: argparse.Namespace) -> str | None:
    """The device that the arguments of `add_daemon` name."""
    if options.cpu:
        return "cpu"
    return None if options.gpu is None else f"gpu:{options.gpu}"


@contextlib.contextmanager
def progress(options: argparse.Namespace) -> Iterator[Tell]:
    """A line on stderr that says what is being done; nothing where nobody looks.

    With --verbose every step has a line that stays, whoever looks.
    """
    if options.verbose:
        yield _steps()
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn())
    console = Console(file=streams.raw(sys.stderr))
    # What goes to another place than the terminal must not pass through the line's painter.
    shown, both = console.is_terminal and not options.quiet, sys.stdout.isatty()
    with Progress(
        *columns, console=console, transient=True, disable=not shown, redirect_stdout=both
    ) as p:
        task = p.add_task("", total=1.0)
        yield lambda stage, fraction: p.update(
            task, description=streams.one_line(stage), completed=fraction
        )


def _steps() -> Tell:
    """What says each step once, with the seconds since the first."""
    start, last = time.monotonic(), ""

    def tell(stage: str, _fraction: float) -> None:
        nonlocal last
        if stage != last:
            streams.complain(f"gp: {time.monotonic() - start:6.1f} s  {stage}")
        last = stage

    return tell


def count(text: str) -> int:
    """A whole number from 0 up."""
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 999999")
    return int(text)


def page_number(text: str) -> int:
    """A page's number, or ALL."""
    value = ALL if text == "all" else count(text)
    if value == 0:
        raise argparse.ArgumentTypeError("pages are counted from 1")
    return value


def tone(text: str) -> int:
    """An ink threshold."""
    value = count(text)
    if value > MAX_INK:
        raise argparse.ArgumentTypeError(f"{text!r} is not a tone from 0 to {MAX_INK}")
    return value


def pencil_color(text: str) -> Color:
    """The colour of a pencil."""
    try:
        return pencil.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def gap(text: str) -> float:
    """A gap in pixels."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MAX_GAP:  # False for NaN too
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of pixels from 0 to {MAX_GAP}")
    return value
