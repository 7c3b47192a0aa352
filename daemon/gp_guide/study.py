"""A log of the acts on a page, for a study with people: one local CSV file a page. Pure but for it.

Nothing is logged until somebody switches it on, and nothing leaves the machine. The file knows
neither who paints nor what: no names, no pictures, no text.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path

from gp_client.files import make_folder, unwritable
from gp_client.types import Mask

from gp_guide.acts import Note, Place
from gp_guide.colors import to_hex
from gp_guide.listing import progress
from gp_guide.page_view import PageView

FOLDER = "guidingpainter-study"  # in the person's home, where she sees it
COLUMNS = (
    "seconds", "act", "region", "x", "y", "color", "from", "left", "proposed", "done", "shown"
)  # fmt: skip
"""Seconds since Start; what was done; to which region, or at which pixel of the canvas (a pixel of
the region, the middle of a shape's box); with which colour, as #rrggbb, and from where it came:
given, suggested or proposed. Then what that left: regions without a colour, regions with a proposed
one, the share of the page that is decided, and the number of the region that is shown.
"""
HINT = "Free some space, or let your home folder be written to; then switch the log on again."


def folder() -> Path:
    """Where logs are kept."""
    return Path.home() / FOLDER


class StudyLog:
    """The log of one page, begun now.

    Args:
        where: a folder; made where it is missing.
        view: what the page shows at the beginning.
        shown: the region that is shown, None for none.
        clock: seconds.

    Attributes:
        path: of the CSV file. A row is in it as soon as the act is done.

    Raises:
        GuidingPainterError: UNWRITABLE, here and for every row.
    """

    def __init__(
        self,
        where: Path,
        view: PageView,
        shown: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._begun = clock()
        make_folder(where)
        self.path = _new(where, time.strftime("acts-%Y%m%d-%H%M%S"))
        self._write(COLUMNS)
        self.note(Note("start"), view, view, shown)

    @property
    def seconds(self) -> float:
        """Since Start."""
        return self._clock() - self._begun

    def note(self, note: Note, before: PageView, after: PageView, shown: int | None) -> None:
        """Write down an act.

        Args:
            note: what was done.
            before: the page before it: a region's number is of that page.
            after: the page after it.
            shown: the number of the region that is shown then.
        """
        region, x, y = _where(before, note.place)
        decided, left, proposed = progress(after)
        self._write((
            f"{self.seconds:.2f}", note.name, region, x, y,
            "" if note.color is None else to_hex(note.color), note.source,
            left, proposed, f"{decided:.4f}", "" if shown is None else shown,
        ))  # fmt: skip

    def _write(self, row: tuple[object, ...]) -> None:
        try:
            with self.path.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(row)
        except OSError as error:
            raise unwritable(self.path, error, HINT) from error


def as_clock(seconds: float) -> str:
    """Minutes and seconds, such as 3:07."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def _new(where: Path, name: str) -> Path:
    """An empty file of a name that no other log has."""
    for number in range(1, 1000):
        path = where / (f"{name}.csv" if number == 1 else f"{name}-{number}.csv")
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        except OSError as error:
            raise unwritable(path, error, HINT) from error
        return path
    raise unwritable(where / name, FileExistsError(0, "a thousand logs of this second"), HINT)


def _where(view: PageView, place: Place | None) -> tuple[object, object, object]:
    """A region's number, and a pixel; empty where there is none."""
    if place is None:
        return "", "", ""
    if isinstance(place, Mask):
        x, y, width, height = place.bbox
        return "", x + width // 2, y + height // 2
    if isinstance(place, int):
        points = view.probes(place)
        return (place, *points[0]) if points else (place, "", "")
    region = view.region_at(*place)
    return ("" if region is None else region.number, *place)
