"""`gp cast`: what pages that are done taught, to look at and to keep in order."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from gp_client import file_lock, files, streams
from gp_client.cast import Cast, united
from gp_client.cast_file import change_cast, read_cast, write_cast
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color

from gp_cli import arguments
from gp_cli.book import cast_sheet, casting, pages
from gp_cli.book.clients import clients
from gp_cli.colors import parse_color, to_hex
from gp_cli.files import pictures, png
from gp_cli.sheet import counted
from gp_cli.source_page import PageSource


def add_job(jobs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Give `gp` its job ``cast``."""
    cast = arguments.add_job(
        jobs,
        "cast",
        "show and keep what finished pages taught",
        "gp cast learn book.cast sheet.png; gp cast show book.cast -o book.png",
    )
    inner = cast.add_subparsers(metavar="DO", required=True)

    job = _file(inner.add_parser("show", help="list pages and colours"))
    job.add_argument("-o", "--out", type=Path, metavar="PNG", help="also as a picture")
    job.add_argument("--json", action="store_true", help="as JSON")
    job.set_defaults(job=_show)

    job = _file(inner.add_parser("learn", help="learn from coloured pictures"))
    job.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    arguments.add_lines(job)
    arguments.add_daemon(job)
    arguments.add_talk(job)
    job.set_defaults(job=_learn)

    job = inner.add_parser("merge", help="put several into one")
    job.add_argument("casts", nargs="+", type=Path, metavar="FILE")
    job.add_argument("-o", "--out", type=Path, metavar="FILE", required=True)
    job.set_defaults(job=_merge)

    job = _file(inner.add_parser("forget", help="take pages out"))
    job.add_argument("titles", nargs="+", metavar="PAGE", help="as show lists it")
    job.set_defaults(job=_forget)

    job = _file(inner.add_parser("rename", help="name a colour"))
    job.add_argument("color", type=_color, metavar="COLOR", help="#rrggbb")
    job.add_argument("name", metavar="NAME", help='"" takes its name away')
    job.set_defaults(job=_rename)

    job = _file(inner.add_parser("renew", help="learn the pages again, for other networks"))
    arguments.add_daemon(job)
    arguments.add_talk(job)
    job.set_defaults(job=_renew)


def _file(job: argparse.ArgumentParser) -> argparse.ArgumentParser:
    job.add_argument("cast", type=Path, metavar="FILE")
    return job


def _show(options: argparse.Namespace) -> int:
    cast = read_cast(options.cast)
    if options.out is not None:
        if options.out.suffix.lower() != ".png":
            raise GuidingPainterError(
                BAD_REQUEST, f"{options.out} is no .png.", "Give -o another ending."
            )
        if options.out.exists() and options.out.samefile(options.cast):
            raise GuidingPainterError(
                BAD_REQUEST, f"{options.out} would overwrite the cast.", "Choose another name."
            )
        sheet, unknown = cast_sheet.draw(cast, streams.readable(options.cast.name))
        files.write_bytes(options.out, png.encode(sheet))
        if unknown:
            streams.complain(
                f"gp: No font here has {unknown[:20]}, which are ? in the picture. Install one "
                "(such as fonts-noto), or go by the list."
            )
    if options.json:
        print(json.dumps(_fields(cast), indent=2))
        return 0
    for page in cast.pages:
        where = f"  {page.source}" if page.source else "  (its line art is not known)"
        number = f", page {page.number}" if page.number > 1 else ""
        streams.say(f"page    {page.title}  {counted(page.count, 'piece')}{where}{number}")
    for one in cast.colors():
        name = f"  {one.name}" if one.name else ""
        pages = counted(len(one.pages), "page")
        streams.say(f"{to_hex(one.color)} {100 * one.share:5.1f} %  {pages}{name}")
    if options.out is not None:
        streams.say(options.out)
    return 0


def _fields(cast: Cast) -> dict[str, Any]:
    return {
        "pages": [
            {
                "title": page.title,
                "source": page.source,
                "number": page.number,
                "pieces": page.count,
                "segmenter": page.segmenter,
            }
            for page in cast.pages
        ],
        "colors": [
            {
                "color": to_hex(one.color),
                "name": one.name,
                "pieces": one.pieces,
                "share": round(one.share, 6),
                "pages": list(one.pages),
            }
            for one in cast.colors()
        ],
    }


def _learn(options: argparse.Namespace) -> int:
    casting.load(options.cast, new=True)  # what is none is refused before the work begins
    for path in options.pictures:
        pictures.check(path)
    wanted = [
        PageSource(path, options.gap, options.ink, number, options.lines)
        for path in options.pictures
        for number in pages.numbers(options, path)
    ]
    with clients(options.bundle, arguments.device(options)) as made, made.one() as client:
        for page in wanted:
            with arguments.progress(options) as tell:
                learned = casting.learn_picture(client, page, tell)
            learned = casting.add(options.cast, learned)
            casting.remark_gray(options, learned)
            colors = {color for color, _, _ in learned.each() if color is not None}
            pieces, found = counted(learned.count, "piece"), counted(len(colors), "colour")
            if not options.quiet:
                streams.say(f"{learned.title}: {pieces}, {found}")
    return 0


def _merge(options: argparse.Namespace) -> int:
    casting.load(options.out, new=True)  # what is there and no cast stays
    with file_lock.held(options.out):  # which may be one of them
        cast = united(map(read_cast, options.casts))
        write_cast(options.out, cast)
    count, colors = counted(len(cast.pages), "page"), counted(len(cast.colors()), "colour")
    streams.say(f"{count}, {colors} in {options.out}")
    return 0


def _forget(options: argparse.Namespace) -> int:
    def change(cast: Cast) -> Cast:
        for title in options.titles:
            cast = cast.forgotten(title)
        return cast

    change_cast(options.cast, change)
    return 0


def _rename(options: argparse.Namespace) -> int:
    change_cast(options.cast, lambda cast: cast.renamed(options.color, options.name))
    return 0


def _renew(options: argparse.Namespace) -> int:
    before = read_cast(options.cast)
    with (
        clients(options.bundle, arguments.device(options)) as made,
        made.one() as client,
        arguments.progress(options) as tell,
    ):
        after, done, left = casting.renew(client, before, tell, options.cast.parent)
    if done:
        casting.put(options.cast, before, after)
    for title in () if options.quiet else done:
        streams.say(f"{title}: learned again")
    for sentence in left:
        streams.complain(f"gp: {sentence}")
    if not done and not left and not options.quiet:
        print("All pages are known to these networks.")
    return 2 if left else 0


def _color(text: str) -> Color:
    try:
        return parse_color(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write #rrggbb") from error
