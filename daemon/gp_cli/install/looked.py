"""Where an editor may be on this machine, and what was found there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gp_client import streams


@dataclass(frozen=True)
class Place:
    """One way in which an editor may be installed.

    Attributes:
        kind: "this system", "Flatpak" or "Snap".
        folder: where such an editor looks for plug-ins.
        found: what tells that it is here; "" where nothing does.
    """

    kind: str
    folder: Path
    found: str = ""


def flatpak(application: str) -> str:
    """Return what tells that a Flatpak is installed, started or not; "" where none is."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    for base in (data / "flatpak/app", Path("/var/lib/flatpak/app")):
        if (base / application).is_dir():
            return str(base / application)
    return ""


def report(editor: str, places: Sequence[Place]) -> None:
    """Say where an editor was looked for, and what was found."""
    streams.say(f"Looked for {editor}:")
    for place in places:
        found = f"found {place.found}" if place.found else f"no {place.folder}"
        streams.say(f"  {place.kind}: {found}")
    if not any(place.found for place in places):
        streams.say(
            f"  {editor} has not been started here yet: it will look at the first of these."
        )
