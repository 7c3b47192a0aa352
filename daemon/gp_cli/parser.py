"""What `gp` takes: its jobs, their options and defaults, and an example of each."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import gp_client

from gp_cli import arguments
from gp_cli.book import cast_command
from gp_cli.book import command as colorizing
from gp_cli.completion import SHELLS
from gp_cli.install import command as install

_EXAMPLES = """\
examples:
  gp demo                                    colour the sample page, step by step, into gp-demo/
  gp colorize page.png --auto -o page.ora    layers for Krita and GIMP, colours as suggested
  gp colorize page.png --hints hints.json    your own colours
  gp colorize pages/ --cast book.cast -o out/    a whole book: colours that follow the figures
  gp regions page.png -o regions/            the regions as masks
  gp install krita                           the plug-in, where this machine's Krita looks for it
  gp doctor                                  what is wrong with the set-up, and what mends it

gp JOB --help tells a job's options and their defaults.
"""

Job = Callable[[argparse.Namespace], int]


def build(jobs: Mapping[str, Job]) -> argparse.ArgumentParser:
    """Return the parser.

    Args:
        jobs: what does each job but those of `gp_cli.install` and `gp_cli.book`; it is set as
            ``job``.
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
        made = arguments.add_job(commands, name, does, example)
        made.set_defaults(job=jobs[name])
        return made

    job = add("demo", "colour the sample pages and show every step", "gp demo -o out")
    arguments.add_colors(job)
    arguments.add_daemon(job)
    arguments.add_talk(job)
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
        help="colours to use in turn: .gpl or .json; default: what is likely, drawn",
    )

    colorizing.add_job(commands)
    cast_command.add_job(commands)

    job = add("regions", "write a page's regions as masks", "gp regions page.png -o regions/")
    _add_page(job)
    job.add_argument("-o", "--out", type=Path, metavar="DIR", required=True, help="is made")

    _add_json(add("status", "say what the running daemon does", "gp status --json"))
    add("stop", "end the running daemon", "gp stop")
    job = add("log", "show the end of the daemon's log", "gp log -n 20")
    job.add_argument(
        "-n", "--lines", type=arguments.count, metavar="N", default=100, help="default: %(default)s"
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


def _add_page(job: argparse.ArgumentParser) -> None:
    job.add_argument(
        "page", type=Path, metavar="PAGE", help="PNG, JPEG, WebP, TIFF, PSD, ORA, KRA and others"
    )
    arguments.add_lines(job)
    arguments.add_drop(job)
    arguments.add_talk(job)
    arguments.add_daemon(job)
