"""`gp`: the demonstration and the everyday jobs; it asks the daemon, as the plug-ins do."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from gp_client import files, streams
from gp_client.connection import locate
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_daemon.networks import settings
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from gp_cli import asking, colors, completion, demo, doctor, ending, own_daemons, walk
from gp_cli import colorize as coloring
from gp_cli import status as status_view
from gp_cli.colorize import ColorOptions, PageSource
from gp_cli.files import pictures
from gp_cli.parser import ALL, build


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `gp`.

    Args:
        argv: arguments, without the program's name; None takes the process's own.

    Returns:
        0, or 2 after one sentence on stderr that says what went wrong, or 128 and the number of the
        signal that ended it.
    """
    try:
        with ending.on_signals():
            return streams.run("gp", lambda: _run(argv))
    except ending.Ended as end:  # at its last words
        return 128 + end.number


def _run(argv: Sequence[str] | None) -> int:
    options = parser().parse_args(argv)
    job: Callable[[argparse.Namespace], int] = options.job
    return job(options)


def _demo(options: argparse.Namespace) -> int:
    samples = options.samples or demo.default_samples()
    if samples is None:
        raise GuidingPainterError(
            BAD_REQUEST,
            "The sample pages do not come with the installed package.",
            "Name a folder of line art: gp demo --samples DIR",
        )
    palette = colors.read_palette(options.palette) if options.palette else ()
    pages = demo.find_pages(samples)
    with _connect(options)() as client:
        files.make_folder(options.out)
        demo_options = demo.DemoOptions(options.out, pages, options.colors, palette)
        failures = demo.run(client, demo_options, Console(file=streams.raw(sys.stdout)))
    for failure in failures:
        _complain(failure)
    return 2 if failures else 0


def _colorize(options: argparse.Namespace) -> int:
    out = options.out or Path(f"{options.page.stem}-{options.kind}.png")

    def one(page: PageSource, every: bool) -> None:
        wanted = ColorOptions(
            out=out.with_stem(f"{out.stem}-{page.number}") if every else out,
            hints=options.hints,
            reference=options.reference,
            limit=options.colors,
            kind=options.kind,
            layer_only=options.layer,
            shade=options.shade,
        )
        coloring.check(page, wanted)
        with _progress() as tell:
            coloring.colorize(_connect(options), page, wanted, tell)
        streams.say(wanted.out)

    return _each_page(options, one)


def _regions(options: argparse.Namespace) -> int:
    def one(page: PageSource, every: bool) -> None:
        out = options.out / str(page.number) if every else options.out
        if every:
            files.make_folder(options.out)
        with _progress() as tell:
            count = coloring.regions(_connect(options), page, out, tell)
        streams.say(f"{count} regions in {out}")

    return _each_page(options, one)


def _each_page(options: argparse.Namespace, one: Callable[[PageSource, bool], None]) -> int:
    """Does something to the page that was asked for, or to all that the file has.

    Args:
        options: of the command.
        one: given a page, and whether all are done.

    Returns:
        The exit code: 2 where one of all failed; the others are done.
    """
    every = options.number == ALL
    count = pictures.count_pages(options.page) if every or options.number is None else 1
    if options.number is None and count > 1:
        streams.complain(
            f"gp: {options.page.name} has {count} pages, this is the first. "
            "--page N takes another, --page all takes all."
        )
    failed = False
    for number in range(1, count + 1) if every else [options.number or 1]:
        page = PageSource(options.page, options.gap, options.ink, number, options.lines)
        try:
            one(page, every)
        except GuidingPainterError as error:
            if not every:
                raise
            failed = True
            streams.complain(f"gp: page {number}: {error}")
    return 2 if failed else 0


def _status(options: argparse.Namespace) -> int:
    answer = asking.ask(locate(None, None), "status")
    print(json.dumps(answer) if options.json else "\n".join(status_view.lines(answer)))
    return 0


def _stop(options: argparse.Namespace) -> int:
    own_daemons.stop(print)
    return 0


def _log(options: argparse.Namespace) -> int:
    for line in own_daemons.last_lines(options.lines):
        print(line)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    findings = doctor.examine()
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        print(doctor.report(findings))
    return 2 if any(finding.level == "bad" for finding in findings) else 0


def _config(options: argparse.Namespace) -> int:
    told = settings.load()
    names = ("memory", "workers", "device", "spread")
    values = {name: getattr(told, name) for name in names}
    path = settings.config_file()
    if options.json:
        print(json.dumps({"file": str(path), "settings": values, "sources": told.sources}))
        return 0
    streams.say(f"file     {path}" + ("" if path.exists() else " (not there, and need not be)"))
    for name, value in values.items():
        shown = f"{value / 2**20:.0f} MiB" if name == "memory" and value is not None else value
        source = f"  from {told.sources[name]}" if name in told.sources else ""
        streams.say(f"{name:8} {'not set' if value is None else shown}{source}")
    return 0


def _completion(options: argparse.Namespace) -> int:
    print(completion.script(parser(), options.shell))
    return 0


def _connect(options: argparse.Namespace) -> walk.Connect:
    device = "cpu" if options.cpu else None if options.gpu is None else f"gpu:{options.gpu}"
    return lambda: walk.daemon(options.bundle, device)


@contextlib.contextmanager
def _progress() -> Iterator[coloring.Tell]:
    """A line on stderr that says what is being done; nothing where nobody looks."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn())
    console = Console(file=streams.raw(sys.stderr))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as p:
        task = p.add_task("", total=1.0)
        yield lambda stage, fraction: p.update(task, description=stage, completed=fraction)


def _complain(error: GuidingPainterError) -> None:
    streams.complain(f"gp: {error}")


def parser() -> argparse.ArgumentParser:
    """Return the parser of `gp`."""
    return build(
        {
            "demo": _demo,
            "colorize": _colorize,
            "regions": _regions,
            "status": _status,
            "stop": _stop,
            "log": _log,
            "doctor": _doctor,
            "config": _config,
            "completion": _completion,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
