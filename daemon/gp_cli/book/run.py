"""Many pages, one after the other or several at once, through one daemon."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from gp_client import streams
from gp_client.cast import Cast, CastPage
from gp_client.errors import GuidingPainterError
from gp_client.types import Tell

from gp_cli import colorize, failures
from gp_cli.book.changes import Ingredients
from gp_cli.book.clients import Clients
from gp_cli.book.pages import PageJob
from gp_cli.color_options import STDOUT, ColorOptions

State = Literal["done", "skipped", "kept", "failed"]
STATES: tuple[State, ...] = get_args(State)
MOST_AT_ONCE = 16


@dataclass(frozen=True)
class Outcome:
    """What became of one page.

    Attributes:
        job: the page.
        state: "done"; "skipped", as its result was there already; "kept", as somebody has changed
            it since; or "failed".
        seconds: that it took.
        colored: how it was coloured, where it was.
        error: why it failed.
        changed: what was another thing when the result that was there was made: "page",
            "options", "colors", "networks".
    """

    job: PageJob
    state: State
    seconds: float = 0.0
    colored: colorize.Colored | None = None
    error: GuidingPainterError | None = None
    changed: tuple[str, ...] = ()

    def fields(self) -> dict[str, Any]:
        """As a line of JSON."""
        found: dict[str, Any] = {
            "page": streams.readable(self.job.page.path),
            "number": self.job.page.number,
            "out": streams.readable(self.job.out),
            "state": self.state,
            "seconds": round(self.seconds, 3),
        }
        if self.colored is not None:
            found["colored"] = round(self.colored.share, 4)
            found["from_cast"] = round(self.colored.proposed, 4)
        if self.changed:
            found["changed"] = list(self.changed)
        if self.error is not None:
            error = self.error
            found["error"] = {
                "code": error.code,
                "message": streams.readable(error.message),
                "hint": streams.readable(error.hint),
            }
        return found


@dataclass(frozen=True)
class Plan:
    """How pages are coloured.

    Attributes:
        options: for each page; ``out`` is its own.
        again: results that are there are made anew, whatever they were made of.
        made_of: knows what they were made of, and what they would be made of now.
        at_once: pages at a time.
        cast: gives the cast as it is when a page's turn comes.
        learned: called with what a page taught.
    """

    options: ColorOptions
    again: bool
    made_of: Ingredients
    at_once: int
    cast: Callable[[], Cast | None]
    learned: Callable[[CastPage], None]


def run(
    jobs: Sequence[PageJob],
    plan: Plan,
    clients: Clients,
    tell: Tell,
    report: Callable[[Outcome], None],
) -> list[Outcome]:
    """Colours pages; one that fails does not keep the others.

    Args:
        jobs: the pages.
        plan: how.
        clients: of the daemon.
        tell: called with a stage's name and its fraction.
        report: called with each page's outcome when it is there, in this thread.

    Returns:
        The outcomes, in the order of the pages.
    """
    stopped = threading.Event()
    reading = threading.Lock()

    def work(job: PageJob) -> Outcome:
        if stopped.is_set():
            raise KeyboardInterrupt
        return _one(job, plan, clients, reading, tell)

    if plan.at_once == 1 or len(jobs) == 1:
        outcomes = []
        for job in jobs:
            outcomes.append(work(job))
            report(outcomes[-1])
        return outcomes
    with ThreadPoolExecutor(plan.at_once, "gp-page") as pool:
        futures = {pool.submit(work, job): place for place, job in enumerate(jobs)}
        found: dict[int, Outcome] = {}
        try:
            for future in as_completed(futures):
                found[futures[future]] = future.result()
                report(found[futures[future]])
        except BaseException:
            stopped.set()  # those that wait end at once; then what runs is broken off
            pool.shutdown(wait=False, cancel_futures=True)
            clients.cancel()
            raise
    return [found[place] for place in sorted(found)]


def _one(
    job: PageJob, plan: Plan, clients: Clients, reading: threading.Lock, tell: Tell
) -> Outcome:
    changed: tuple[str, ...] = ()
    if not plan.again:
        seen = plan.made_of.look(job)
        if seen.state == "same":
            return Outcome(job, "skipped")
        if seen.state == "foreign":
            return Outcome(job, "kept")
        changed = seen.changed
    start = time.monotonic()
    try:
        made_of = plan.made_of.of(job)  # before it is read: what changes meanwhile is seen later
        wanted = replace(plan.options, out=job.out, cast=plan.cast(), made_of=made_of)
        colorize.check(job.page, wanted)
        # Decoders mute what libraries print, which is the whole process's: one at a time.
        with reading:
            tell("reading", 0.0)
            picture = job.page.read()
        colored = colorize.colorize(clients.one, job.page, picture, wanted, tell)
        if colored.learned is not None:
            plan.learned(colored.learned)
    except Exception as error:
        if job.out == STDOUT and isinstance(error, OSError):
            raise  # nobody reads on, or the disk is full: of the whole program
        failed = failures.as_error(error)
        return Outcome(job, "failed", time.monotonic() - start, None, failed)
    return Outcome(job, "done", time.monotonic() - start, colored, None, changed)
