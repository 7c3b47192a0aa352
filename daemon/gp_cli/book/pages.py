"""Which pages are meant by files and folders, and which file each becomes."""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gp_client.errors import BAD_REQUEST, GuidingPainterError

from gp_cli import arguments
from gp_cli.color_options import STDOUT
from gp_cli.files import pictures
from gp_cli.files.source import STDIN
from gp_cli.source_page import PageSource

_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class PageJob:
    """A page and the file that it becomes.

    Attributes:
        page: the page.
        out: the result.
        of: how many pages its file has.
    """

    page: PageSource
    out: Path
    of: int = 1

    @property
    def title(self) -> str:
        """What people call the page."""
        name = self.page.name
        return f"{name}, page {self.page.number}" if self.of > 1 else name


def find(paths: Sequence[Path], result: Path) -> list[Path]:
    """The files that paths name: of a folder its pictures, in the order in which people count.

    Args:
        paths: files and folders.
        result: folder of the results, which are no pages.

    Raises:
        GuidingPainterError: BAD_REQUEST for a folder without pictures, or one that cannot be read.
    """
    found: list[Path] = []
    for path in paths:
        if path == STDIN or not path.is_dir():
            found.append(path)
            continue
        try:
            inside = [one for one in path.iterdir() if one.suffix.lower() in pictures.SUFFIXES]
        except OSError as error:
            raise GuidingPainterError(
                BAD_REQUEST, f"The folder {path} cannot be read ({error.strerror})."
            ) from error
        shown = [one for one in inside if one.is_file() and not one.name.startswith(".")]
        if not shown or _same(path, result):
            why = "takes the results" if shown else "has no pictures"
            raise GuidingPainterError(
                BAD_REQUEST, f"The folder {path} {why}.", "Name another folder, or files."
            )
        found += sorted(shown, key=lambda one: (_counted(one.stem), one.name))
    return list(dict.fromkeys(found))


def jobs(
    files: Sequence[Path], like: PageSource, number: int | None, out: Path, ending: str
) -> list[PageJob]:
    """Each page of each file, with the file that it becomes.

    Args:
        files: of `find`.
        like: how to open them.
        number: of one page of each file; None: all pages.
        out: folder of the results.
        ending: of the results, such as "png".

    Raises:
        GuidingPainterError: BAD_REQUEST where two pages would become one file, or as
            `pictures.count_pages` does: a file that cannot be counted is one page, which says why
            when it is its turn.
    """
    found: list[PageJob] = []
    for path, stem in zip(files, _stems(files), strict=True):
        count = 1 if number is not None else _count(path)
        width = len(str(count))
        for place in range(1, count + 1):
            page = replace(like, path=path, number=number or place)
            name = stem if count == 1 else f"{stem}-{place:0{width}}"
            found.append(PageJob(page, out / f"{name}.{ending}", count))
    twice = [str(path) for path, times in Counter(job.out for job in found).items() if times > 1]
    if twice:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"Two pages would both become {twice[0]}.",
            "Give one of the files another name, or colour them into two folders.",
        )
    return found


def numbers(options: argparse.Namespace, path: Path) -> Sequence[int]:
    """Which pages of a picture's file are learned: that of ``--page``, all, or the first.

    Where the first is one of several and nobody chose it, that is said.

    Raises:
        GuidingPainterError: as `pictures.count_pages`.
    """
    if options.number not in (None, arguments.ALL):
        return [options.number]
    count = pictures.count_pages(path)
    if options.number == arguments.ALL:
        return range(1, count + 1)
    if count > 1:
        arguments.remark(
            options,
            f"{path.name} has {count} pages, the first is learned. "
            "gp cast learn with --page N takes another, with --page all all of them.",
        )
    return [1]


def check_apart(jobs: Sequence[PageJob], inputs: Sequence[Path | None]) -> None:
    """Sees that no result takes the place of anything that is read, whichever page it is for.

    Args:
        jobs: the pages and their results.
        inputs: what is read beside the pages; None, and standard input, are no files.

    Raises:
        GuidingPainterError: BAD_REQUEST.
    """
    read: dict[object, Path] = {}
    for path in (*(job.page.path for job in jobs), *inputs):
        if path is not None and path != STDIN:
            read.update((mark, path) for mark in _marks(path))
    for job in jobs:
        if job.out == STDOUT:
            continue
        hit = next((read[mark] for mark in _marks(job.out) if mark in read), None)
        if hit is not None:
            raise GuidingPainterError(
                BAD_REQUEST,
                f"{job.out} would overwrite {hit}.",
                "Choose another name, or another folder.",
            )


def _marks(path: Path) -> list[object]:
    """By what two names are seen to be of one file: where it is, and which it is if it is there."""
    found: list[object] = [os.path.abspath(path), os.path.realpath(path)]
    try:
        about = path.stat()
    except (OSError, ValueError):  # not there, or no name of a file: said when it is read
        return found
    return [*found, (about.st_dev, about.st_ino)] if about.st_ino else found


def _stems(files: Sequence[Path]) -> list[str]:
    """What each file's results are called: its name, with as much more as tells it from others.

    That is its ending, then its folder.
    """
    ways = [_ways(path) for path in files]
    first, second = (Counter(way[place] for way in ways) for place in (0, 1))
    return [
        way[0] if first[way[0]] == 1 else way[1] if second[way[1]] == 1 else way[2] for way in ways
    ]


def _ways(path: Path) -> tuple[str, str, str]:
    if path == STDIN:
        return "stdin", "stdin", "stdin"
    ended = path.name.replace(".", "-")
    return path.stem, ended, f"{path.absolute().parent.name}-{ended}"


def _count(path: Path) -> int:
    try:
        return pictures.count_pages(path)
    except GuidingPainterError:
        return 1


def _counted(name: str) -> list[tuple[int, str]]:
    """A name for sorting: page 2 comes before page 10."""
    parts = _NUMBER.split(name.casefold())
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)]


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
