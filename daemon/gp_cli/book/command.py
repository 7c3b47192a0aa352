"""`gp colorize`: its arguments, and one page or many by them."""

from __future__ import annotations

import argparse
import json
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gp_client import files, streams
from gp_client.cast import Cast, CastPage, united
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Tell
from gp_guide.opening import colored_already

from gp_cli import arguments
from gp_cli.book import casting, pages
from gp_cli.book.changes import Ingredients
from gp_cli.book.checks import check_named, check_options
from gp_cli.book.clients import Clients, clients
from gp_cli.book.pages import PageJob
from gp_cli.book.run import MOST_AT_ONCE, STATES, Outcome, Plan, run
from gp_cli.color_options import FORMATS, STDOUT, ColorOptions, format_of
from gp_cli.files import pictures
from gp_cli.files.source import STDIN
from gp_cli.sheet import counted
from gp_cli.source_page import PageSource

_KINDS = "PNG, JPEG, WebP, TIFF, PSD, ORA, KRA and others"


def add_job(jobs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Give `gp` its job ``colorize``."""
    job = arguments.add_job(
        jobs, "colorize", "colour pages", "gp colorize pages/ --reference sheet.png -o flats/"
    )
    job.add_argument(
        "pages", nargs="+", type=Path, metavar="PAGE", help=f"{_KINDS}; a folder of them; - (stdin)"
    )
    job.add_argument("-o", "--out", type=Path, metavar="PLACE", help="a folder; a file; - (stdout)")
    job.add_argument("--format", choices=FORMATS, help="of the results in a folder; default: png")
    source = job.add_argument_group("where the colours come from")
    source.add_argument("--auto", action="store_true", help="colours that are likely")
    source.add_argument(
        "--draw", type=arguments.count, default=0, metavar="N",
        help="another number, another colouring; default: %(default)s",
    )  # fmt: skip
    one = source.add_mutually_exclusive_group()
    one.add_argument("--hints", type=Path, metavar="JSON", help='{"hints": {"1": "#aabbcc"}}')
    one.add_argument(
        "--adopt", type=Path, metavar="PICTURE", help="a coloured picture of the same drawing"
    )
    source.add_argument(
        "--reference", type=Path, action="append", default=[], metavar="PICTURE",
        help="a coloured picture of the same figures, such as a model sheet; again for more",
    )  # fmt: skip
    source.add_argument("--cast", type=Path, metavar="FILE", help="what earlier pages taught")
    source.add_argument(
        "--learn", action="store_true", help="add to the cast what was given: references, hints"
    )
    source.add_argument(
        "--spread", choices=("careful", "bold"), default="careful",
        help="how sure the guide must be of a colour from the cast; default: careful",
    )  # fmt: skip
    arguments.add_colors(job)
    job.add_argument(
        "--kind", choices=("flats", "soft"), default="flats", help="default: %(default)s"
    )
    job.add_argument("--shade", action="store_true", help="the networks' light and shade on flats")
    job.add_argument("--layer", action="store_true", help="write the colour layer alone")
    job.add_argument("--again", action="store_true", help="make anew what is there already")
    job.add_argument(
        "-j", "--jobs", type=arguments.count, metavar="N", help="pages at a time, up to 16"
    )
    job.add_argument("--json", action="store_true", help="a line of JSON for each page")
    arguments.add_lines(job)
    arguments.add_drop(job)
    arguments.add_talk(job)
    arguments.add_daemon(job)
    job.set_defaults(job=_colorize)


def _colorize(options: argparse.Namespace) -> int:
    check_named(options)
    check_options(options)
    todo, many, folder = _planned(options)
    with clients(options.bundle, arguments.device(options)) as made:
        shelf = _Shelf(options, made)
        if folder is not None:
            files.make_folder(folder)
        wanted = ColorOptions(
            out=todo[0].out,
            format=_format(options),
            hints=options.hints,
            adopt=options.adopt,
            spread=options.spread,
            auto=options.auto,
            draw=options.draw,
            complete=options.auto or not (options.cast or options.reference),
            limit=options.colors,
            kind=options.kind,
            layer_only=options.layer,
            shade=options.shade,
            learns=options.learn,
        )
        given = options.hints or options.adopt
        again = options.again or not many or bool(options.learn and given)
        made_of = Ingredients(options, wanted, shelf.kept)
        left = [job for job in todo if again or made_of.look(job).state in ("missing", "other")]
        if left or options.learn:
            with arguments.progress(options) as tell:
                shelf.fill(tell)
        at_once = _at_once(options, made, len(left))
        plan = Plan(wanted, again, made_of, at_once, lambda: shelf.cast, shelf.add)
        return _run(options, todo, plan, made, many)


def _run(
    options: argparse.Namespace, todo: Sequence[PageJob], plan: Plan, made: Clients, many: bool
) -> int:
    start, told = time.monotonic(), 0
    names = {job.title for job in todo}

    def report(outcome: Outcome) -> None:
        nonlocal told
        told += 1
        if options.json:
            print(json.dumps(outcome.fields()), flush=True)
        elif outcome.state == "done" and outcome.job.out != STDOUT and not options.quiet:
            streams.say(outcome.job.out)
        if many and (outcome.error is not None or not options.quiet):
            streams.complain(f"gp: {told}/{len(todo)} {_said(outcome)}")
        if outcome.colored is not None and outcome.colored.colored_already:
            arguments.remark(
                options, f"{outcome.job.title}: {colored_already()}{_layers(outcome.job)}"
            )
        cause = None if outcome.error is None else outcome.error.__cause__
        if options.verbose and cause is not None:
            traceback.print_exception(cause)

    with arguments.progress(options) as tell:
        outcomes = run(todo, plan, made, tell, report)
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    careful = plan.cast() is not None and options.spread == "careful"
    white = [one for one in outcomes if careful and one.colored and one.colored.proposed < _NOTHING]
    if not many:
        if failed and failed[0].error is not None:
            raise failed[0].error
        if white:
            arguments.remark(options, f"The cast was sure of nothing here; {_BOLD}")
        return 0
    counts = {state: sum(one.state == state for one in outcomes) for state in STATES}
    seconds = time.monotonic() - start
    if options.json:
        print(json.dumps({**counts, "seconds": round(seconds, 3)}), flush=True)
    said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    if white:
        where = counted(len(white), "page")
        arguments.remark(options, f"The cast was sure of nothing on {where}; {_BOLD}")
    arguments.remark(options, f"{said} of {counted(len(names), 'page')} in {seconds:.1f} s.")
    return 2 if failed else 0


_NOTHING = 0.005  # of the canvas: less is a speck here and there
_BOLD = "--spread bold takes its best guesses (half of these are wrong)."
_CHANGED = {
    "page": "page",
    "options": "options",
    "colors": "colours to take",
    "networks": "networks",
}


def _said(outcome: Outcome) -> str:
    """One page's outcome in a few words."""
    title = outcome.job.title
    if outcome.error is not None:
        error = str(outcome.error).removeprefix(f"{outcome.job.page.name}: ")
        return error if error.lower().startswith(title.lower()) else f"{title}: {error}"
    if outcome.state == "kept":
        return f"{title}: {outcome.job.out} is not as gp made it, so it stays; --again replaces it"
    if outcome.colored is None:
        return f"{title}: there already ({outcome.job.out}); --again makes it anew"
    share = f"{100 * outcome.colored.share:.0f} % coloured"
    why = " and the ".join(_CHANGED[part] for part in outcome.changed)
    anew = f"; anew, for the {why} changed" if why else ""
    return f"{title}: {share}, {outcome.seconds:.1f} s{anew}"


def _layers(job: PageJob) -> str:
    """What to do where colours of a file with layers were read, though its lines have a layer."""
    ending = job.page.path.suffix.lower()
    if job.page.lines is not None or ending not in (".ora", ".psd", ".psb", ".kra"):
        return ""
    if ending == ".kra":
        return " The picture of all visible layers was read: hide the colours in Krita, and save."
    return " The picture of all visible layers was read: --lines NAME takes one of them."


class _Shelf:
    """The cast of a run: of its file and of the references, and what is learned on the way."""

    def __init__(self, options: argparse.Namespace, made: Clients) -> None:
        self._options, self._made, self._lock = options, made, threading.Lock()
        self._file: Path | None = options.cast
        self.kept = Cast()
        if self._file is not None:
            self.kept = casting.load(self._file, new=options.learn)
        self.cast: Cast | None = None

    def fill(self, tell: Tell) -> None:
        """Learns the references, and anew what other networks had learned.

        Raises:
            GuidingPainterError: a reference that cannot be learned; a connection's failure.
        """
        options = self._options
        if self._file is None and not options.reference:
            return
        with self._made.one() as client:
            if self.kept.pages:
                before = self.kept
                self.kept, done, left = casting.renew(
                    client, before, tell, self._file and self._file.parent
                )
                for sentence in left:
                    streams.complain(f"gp: {sentence}")
                if done and options.learn and self._file is not None:
                    casting.put(self._file, before, self.kept)
            shown = Cast()
            for path in options.reference:
                # --page says which of the pages are coloured; a sheet is its file's first.
                alone = argparse.Namespace(number=None, quiet=options.quiet)
                (number,) = pages.numbers(alone, path)
                page = PageSource(path, options.gap, options.ink, number)
                learned = casting.learn_picture(client, page, tell)
                learned = united([self.kept, shown]).titled(learned)
                casting.remark_gray(options, learned, kept=options.learn)
                shown = shown.learned(learned)
        if options.learn and shown.pages and self._file is not None:
            casting.add(self._file, *shown.pages)
        together = united([self.kept, shown])
        self.cast = together if together.pages else None

    def add(self, page: CastPage) -> None:
        """Keeps what a page taught, in the file at once: who is killed later has it.

        Raises:
            GuidingPainterError: UNWRITABLE, TOO_LARGE.
        """
        with self._lock:
            cast = self.cast or Cast()
            self.cast = cast.learned(cast.titled(page))
            if self._file is not None:
                casting.add(self._file, page)


def _planned(options: argparse.Namespace) -> tuple[list[PageJob], bool, Path | None]:
    """The pages with their results, whether they are many, and the folder that they go into."""
    out: Path | None = options.out
    paths: list[Path] = options.pages
    like = PageSource(paths[0], options.gap, options.ink, 1, options.lines, options.drop)
    one_file = len(paths) == 1 and (paths[0] == STDIN or not paths[0].is_dir())
    into_folder = out is not None and out != STDOUT and _is_folder(out, not one_file)
    if one_file and not into_folder:
        todo = _one_file(options, like)
        pages.check_apart(todo, _inputs(options))
        return todo, options.number == arguments.ALL, None
    if out is None or not into_folder:
        raise GuidingPainterError(
            BAD_REQUEST, "Several pages go into a folder.", "Name one: -o DIR"
        )
    number = None if options.number == arguments.ALL else options.number
    found = pages.find(paths, out)
    todo = pages.jobs(found, like, number, out, _format(options))
    pages.check_apart(todo, _inputs(options))
    return todo, True, out


def _is_folder(out: Path, many: bool) -> bool:
    """Whether a place is a folder, or is to be one; for many pages "vol.2" is one, too."""
    named = (format_of(out) is None and not out.exists()) if many else not out.suffix
    return out.is_dir() or named


def _inputs(options: argparse.Namespace) -> list[Path | None]:
    """What is read beside the pages."""
    return [options.hints, options.adopt, options.cast, *options.reference]


def _one_file(options: argparse.Namespace, page: PageSource) -> list[PageJob]:
    """One file's page to one file, or each of its pages to a file of its own."""
    usual = Path(f"{page.path.stem}-{options.kind}.{_format(options)}")
    out: Path = options.out or (STDOUT if page.path == STDIN else usual)
    if out != STDOUT and format_of(out) is None:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{out} is neither a folder nor .png, .ora or .psd.",
            "Give -o another ending, or the name of a folder.",
        )
    every = options.number == arguments.ALL
    if every and out == STDOUT:
        raise GuidingPainterError(
            BAD_REQUEST, "Only one page goes to standard output.", "Name it: --page N"
        )
    count = pictures.count_pages(page.path) if every or options.number is None else 1
    if options.number is None and count > 1:
        arguments.remark(
            options,
            f"{page.name} has {count} pages, this is the first. "
            "--page N takes another, --page all or -o DIR takes all.",
        )
    if not every:
        number = options.number or 1
        return [PageJob(replace(page, number=number), out)]
    return [
        PageJob(
            replace(page, number=number),
            out.with_stem(f"{out.stem}-{number}"),
            count,
        )
        for number in range(1, count + 1)
    ]


def _format(options: argparse.Namespace) -> str:
    out: Path | None = options.out
    named = None if out is None or out.is_dir() else format_of(out)
    if named is not None and options.format not in (None, named):
        raise GuidingPainterError(
            BAD_REQUEST, f"{out} is no .{options.format}.", "Leave --format out."
        )
    return named or options.format or "png"


def _at_once(options: argparse.Namespace, made: Clients, count: int) -> int:
    """How many pages at a time; what a page teaches is for those after it, so then one."""
    if count < 2 or options.learn:
        return 1
    if options.jobs:
        return min(options.jobs, MOST_AT_ONCE, count)
    with made.one() as client:
        workers = int(client.status().get("workers", 1))
    return max(1, min(workers, MOST_AT_ONCE, count))
