"""`gp`: the demonstration and the everyday jobs; it asks the daemon, as the plug-ins do."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict

from gp_client import files, streams
from gp_client.connection import locate
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_daemon.networks import settings
from rich.console import Console

from gp_cli import (
    arguments,
    asking,
    colors,
    completion,
    demo,
    doctor,
    ending,
    failures,
    own_daemons,
    regions,
    walk,
)
from gp_cli import status as status_view
from gp_cli.files import pictures
from gp_cli.parser import build
from gp_cli.source_page import PageSource


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
    try:
        return job(options)
    except ModuleNotFoundError as error:  # a package that only some jobs need
        raise failures.as_error(error) from error


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
        failed = demo.run(
            client, demo_options, Console(file=streams.raw(sys.stdout), quiet=options.quiet)
        )
    for failure in failed:
        _complain(failure)
    return 2 if failed else 0


def _regions(options: argparse.Namespace) -> int:
    def one(page: PageSource, every: bool) -> None:
        out = options.out / str(page.number) if every else options.out
        if every:
            files.make_folder(options.out)
        with arguments.progress(options) as tell:
            count = regions.regions(_connect(options), page, out, tell)
        if not options.quiet:
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
    every = options.number == arguments.ALL
    count = pictures.count_pages(options.page) if every or options.number is None else 1
    if options.number is None and count > 1:
        arguments.remark(
            options,
            f"{options.page.name} has {count} pages, this is the first. "
            "--page N takes another, --page all takes all.",
        )
    failed = False
    for number in range(1, count + 1) if every else [options.number or 1]:
        page = PageSource(
            options.page, options.gap, options.ink, number, options.lines, options.drop
        )
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
    return lambda: walk.daemon(options.bundle, arguments.device(options))


def _complain(error: GuidingPainterError) -> None:
    streams.complain(f"gp: {error}")


def parser() -> argparse.ArgumentParser:
    """Return the parser of `gp`."""
    return build(
        {
            "demo": _demo,
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
