"""What `gp` takes: its jobs, their options and defaults, and an example of each."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from pathlib import Path

import gp_client
from gp_client.page_options import MAX_GAP, MAX_INK

from gp_cli.completion import SHELLS
from gp_cli.install import command as install

ALL = -1  # --page all
_EXAMPLES = """\
examples:
  gp demo                                    colour the sample page, step by step, into gp-demo/
  gp colorize page.png --auto -o page.ora    layers for Krita and GIMP, colours as suggested
  gp colorize page.png --hints hints.json    your own colours
  gp regions page.png -o regions/            the regions as masks
  gp install krita                           the plug-in, where this machine's Krita looks for it
  gp doctor                                  what is wrong with the set-up, and what mends it

gp JOB --help tells a job's options and their defaults.
"""

Job = Callable[[argparse.Namespace], int]


def build(jobs: Mapping[str, Job]) -> argparse.ArgumentParser:
    """Return the parser.

    Args:
        jobs: what does each job but those of `gp_cli.install`; it is set as ``job``.
    """
    parser = argparse.ArgumentParser(
        prog="gp",
        description="Colours line drawings region by region, the most useful ones first.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"gp {gp_client.__version__}")
    commands = parser.add_subparsers(metavar="JOB")
    parser.set_defaults(job=lambda _: parser.print_help() or 2)  # which lists the jobs

    def add(name: str, does: str, example: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=does,
            description=f"{does[0].upper()}{does[1:]}.",
            epilog=f"example: {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(job=jobs[name])
        return made

    job = add("demo", "colour the sample pages and show every step", "gp demo -o out")
    _add_common(job)
    job.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="DIR",
        default=Path("gp-demo"),
        help="default: %(default)s",
    )
    job.add_argument(
        "--samples", type=Path, metavar="DIR", help="other line art; default: what came with gp"
    )
    job.add_argument(
        "--palette",
        type=Path,
        metavar="FILE",
        help="colours to use: .gpl or .json; default: the suggestions",
    )

    job = add("colorize", "colour one page", "gp colorize page.png --auto -o page.ora")
    _add_page(job)
    source = job.add_mutually_exclusive_group(required=True)
    source.add_argument("--auto", action="store_true", help="take each region's suggestion")
    source.add_argument("--hints", type=Path, metavar="JSON", help='{"hints": {"1": "#aabbcc"}}')
    source.add_argument(
        "--reference", type=Path, metavar="PICTURE", help="coloured picture of the same drawing"
    )
    job.add_argument(
        "--kind", choices=("flats", "soft"), default="flats", help="default: %(default)s"
    )
    job.add_argument("--shade", action="store_true", help="the networks' light and shade on flats")
    job.add_argument("--layer", action="store_true", help="write the colour layer alone")
    job.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help=".png or .ora; default: PAGE-KIND.png"
    )

    job = add("regions", "write a page's regions as masks", "gp regions page.png -o regions/")
    _add_page(job, hints=False)
    job.add_argument("-o", "--out", type=Path, metavar="DIR", required=True, help="is made")

    _add_json(add("status", "say what the running daemon does", "gp status --json"))
    add("stop", "end the running daemon", "gp stop")
    job = add("log", "show the end of the daemon's log", "gp log -n 20")
    job.add_argument(
        "-n", "--lines", type=_count, metavar="N", default=100, help="default: %(default)s"
    )
    _add_json(add("doctor", "say what is wrong with this machine's set-up", "gp doctor"))
    _add_json(add("config", "show the settings and where they come from", "gp config"))
    job = add(
        "completion",
        "print a shell's completion of gp",
        "gp completion bash > ~/.local/share/bash-completion/completions/gp",
    )
    job.add_argument("shell", choices=SHELLS)
    install.add_jobs(commands)
    return parser


def _add_json(job: argparse.ArgumentParser) -> None:
    job.add_argument("--json", action="store_true", help="one line of JSON, for scripts")


def _add_page(job: argparse.ArgumentParser, hints: bool = True) -> None:
    job.add_argument(
        "page", type=Path, metavar="PAGE", help="PNG, JPEG, WebP, TIFF, PSD, ORA, KRA and others"
    )
    job.add_argument(
        "--page", type=_page_number, dest="number", metavar="N",
        help="of a file with several pages; all: each; default: the first",
    )  # fmt: skip
    job.add_argument("--lines", metavar="NAME", help="the layer of an .ora that is the line art")
    _add_common(job, hints)
    job.add_argument(
        "--gap",
        type=_gap,
        metavar="PX",
        help="close gaps in lines up to this width; default: by the page's size",
    )
    job.add_argument(
        "--ink",
        type=_tone,
        metavar="T",
        help="darker than this, 0 to 255, is ink; default: measured",
    )


def _add_common(job: argparse.ArgumentParser, hints: bool = True) -> None:
    if hints:
        job.add_argument(
            "--colors", type=_count, metavar="N", help="at most so many hints a page; default: all"
        )
    job.add_argument("--bundle", type=Path, metavar="DIR", help="networks of your own")
    device = job.add_mutually_exclusive_group()
    device.add_argument("--cpu", action="store_true", help="use the CPU; default: the best device")
    device.add_argument("--gpu", type=_count, metavar="N", help="use this CUDA device, or fail")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _page_number(text: str) -> int:
    value = ALL if text == "all" else _count(text)
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
