"""`gp-train data|fit|weights|evaluate|snail|compare|paper`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import rich
from gp_client import streams
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.setup_hint import how_to_install

from gp_training.commands import add_commands
from gp_training.data.command import add_data_command


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code: 0 done, 2 a clear error, 3 stopped before the end."""
    return streams.run("gp-train", lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> int:
    arguments = parser().parse_args(argv)
    rich.reconfigure(file=streams.raw(sys.stdout))
    try:
        return int(arguments.run(arguments))
    except ModuleNotFoundError as error:
        raise missing(error) from error
    finally:
        rich.reconfigure()  # whoever called us may have another output next time


def missing(error: ModuleNotFoundError) -> GuidingPainterError:
    """Say what to install for a module that only training needs.

    Raises:
        ModuleNotFoundError: the module is our own, so that something is broken.
    """
    if error.name is None or error.name.startswith("gp_"):
        raise error
    return GuidingPainterError(
        BAD_REQUEST,
        f"Training and export need {error.name}, which is not installed.",
        f"Install it with: {how_to_install('train')}",
    )


def parser() -> argparse.ArgumentParser:
    """Return the parser of `gp-train`, without torch being loaded."""
    made = argparse.ArgumentParser(prog="gp-train", description="Train GuidingPainter networks.")
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    add_data_command(commands)
    add_commands(commands)
    return made


if __name__ == "__main__":
    raise SystemExit(main())
