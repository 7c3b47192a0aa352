"""Parts of a benchmark on disk, so that a run that was broken off loses nothing."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Row, Way


@dataclass(frozen=True)
class Part:
    """What one part found.

    Attributes:
        rows: of tables.
        ways: to colour.
        text, table: as they go into the page.
        missing: why it could not be measured.
        began: when, and how busy the machine was; empty where it was not measured yet.
    """

    rows: tuple[Row, ...] = ()
    ways: tuple[Way, ...] = ()
    text: str = ""
    table: str = ""
    missing: str = ""
    began: str = ""

    @property
    def about(self) -> str:
        """When it was measured, or why not."""
        if not self.began:
            return "not measured yet"
        return f"{self.began}; missing: {self.missing}" if self.missing else self.began


def keep(folder: Path, name: str, part: Part, began: str) -> None:
    """Write a part, in place of an earlier one of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    part = dataclasses.replace(part, began=began)
    _path(folder, name).write_text(json.dumps(dataclasses.asdict(part), indent=1))


def read(folder: Path, name: str) -> Part:
    """The part of this name; an empty one where there is none."""
    path = _path(folder, name)
    if not path.is_file():
        return Part()
    found = json.loads(path.read_text())
    rows = [Row(**{**row, "samples": tuple(row["samples"])}) for row in found.pop("rows")]
    ways = [
        Way(
            way["name"],
            tuple(
                tuple((clicks, colors, share) for clicks, colors, share in course)
                for course in way["courses"]
            ),
        )
        for way in found.pop("ways")
    ]
    return Part(rows=tuple(rows), ways=tuple(ways), **found)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '_')}.json"
