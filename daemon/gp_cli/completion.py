"""`gp completion`: a shell's completion of `gp`, made from its parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script that a shell is to read.

    Args:
        parser: of the program; its paths are completed as files, or folders where they are "DIR".
        shell: one of SHELLS.
    """
    import shtab  # nothing else needs it

    for action in _actions(parser):
        if action.type is Path:
            kind = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE
            action.complete = kind  # type: ignore[attr-defined]
    return shtab.complete(parser, shell=shell)


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments of a parser and of its commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
        else:
            yield action
