"""Man pages of our programs, made from their own parsers: `python packaging/man.py DIR`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import gp_client
from argparse_manpage.manpage import Manpage
from gp_cli import main as gp
from gp_daemon import cli as gp_daemon
from gp_export import cli as gp_export
from gp_training import cli as gp_train

PARSERS: Mapping[str, Callable[[], argparse.ArgumentParser]] = {
    "gp": gp.parser,
    "gp-daemon": gp_daemon.parser,
    "gp-train": gp_train.parser,
    "gp-export": gp_export.parser,
}


def write(folder: Path) -> list[Path]:
    """Write a page for each program into a folder, which is made where it is missing.

    Returns:
        The pages, of section 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, make in PARSERS.items():
        parser = make()
        parser.man_short_description = str(parser.description).rstrip(".")  # type: ignore[attr-defined]
        page = Manpage(parser, format="pretty")
        page.manual, page.source = "GuidingPainter", f"{name} {gp_client.__version__}"
        path = folder / f"{name}.1"
        path.write_text(str(page), encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    for page in write(Path(sys.argv[1])):
        print(page)
