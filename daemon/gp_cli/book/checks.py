"""What `gp colorize` cannot do, said before any work: of what was named first, then of options."""

from __future__ import annotations

import argparse
from pathlib import Path

from gp_client.cast import SUFFIX
from gp_client.errors import BAD_REQUEST, GuidingPainterError

from gp_cli.book import pages
from gp_cli.color_options import STDOUT, format_of
from gp_cli.files import pictures
from gp_cli.files.source import STDIN

# Endings of pictures and documents; else a folder of results may be called "vol.2".
_OTHERS = (*pictures.SUFFIXES, ".xcf", ".clip", ".sai2", ".procreate", ".heic", ".jxl", ".pdf")


def check_named(options: argparse.Namespace) -> None:
    """Sees that what the arguments name is there, and is what it has to be as far as a look tells.

    Of several pages one that is missing, or is none, is that page's failure.

    Raises:
        GuidingPainterError: BAD_REQUEST, UNSUPPORTED_FORMAT, TOO_LARGE.
    """
    named: list[Path] = options.pages
    if len(named) == 1 or not any(path.exists() or path == STDIN for path in named):
        if named[0].is_dir():
            pages.find(named, options.out or STDOUT)
        else:
            pictures.check(named[0])
    for path in (options.adopt, *options.reference):
        if path is not None:
            pictures.check(path)
    if options.hints is not None:
        pictures.check_there(options.hints)
    if options.out is not None and options.out != STDOUT:
        _check_place(options.out)


def _check_place(out: Path) -> None:
    ending = out.suffix.lower()
    if format_of(out) is not None or ending not in _OTHERS or out.is_dir():
        return
    hint = "Use .png, .ora or .psd, or the name of a folder."
    if ending == ".kra":
        hint = f"Use {out.with_suffix('.ora').name}: Krita opens it with all its layers."
    raise GuidingPainterError(BAD_REQUEST, f"gp writes no {ending} files, so not {out}.", hint)


def check_options(options: argparse.Namespace) -> None:
    """Refuses arguments that contradict each other.

    Raises:
        GuidingPainterError: BAD_REQUEST.
    """
    given = options.hints or options.adopt
    if not (given or options.auto or options.cast or options.reference):
        raise GuidingPainterError(
            BAD_REQUEST,
            "There is nothing to colour with.",
            "Use --auto, --hints, --adopt, --reference or --cast.",
        )
    several = len(options.pages) > 1 or options.pages[0].is_dir()
    if given and several:
        raise GuidingPainterError(
            BAD_REQUEST, "Hints, or a coloured picture, are of one page.", "Name this page alone."
        )
    if options.pages.count(STDIN) > 1 or (STDIN in options.pages and len(options.pages) > 1):
        raise GuidingPainterError(BAD_REQUEST, "Standard input is one page.", "Name it alone.")
    if options.json and options.out == STDOUT:
        raise GuidingPainterError(
            BAD_REQUEST, "Standard output takes the picture or JSON.", "Give -o a file."
        )
    if options.learn and options.drop is not None:
        raise GuidingPainterError(
            BAD_REQUEST,
            "A cast keeps no pencil that was left out.",
            "Use --drop without --learn.",
        )
    if options.learn and options.cast is None:
        raise GuidingPainterError(
            BAD_REQUEST, "There is no cast to add to.", f"Name one: --cast NAME{SUFFIX}"
        )
    if options.learn and not (given or options.reference):
        raise GuidingPainterError(
            BAD_REQUEST,
            "Only colours that you gave are learned, and there are none.",
            "Use --learn with --hints, --adopt or --reference, or: gp cast learn",
        )
