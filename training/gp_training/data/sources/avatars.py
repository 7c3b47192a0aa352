"""Avatars drawn by programs: DiceBear's styles, facesjs, Big Heads. Needs node."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from gp_training.data.sources.base import Figure, Source, run_tool

_SCRIPT = Path(__file__).with_name("avatars.mjs")
# Heads of a few parts: more of them would be the same again.
_PER_STYLE = 120
_PER_LIBRARY = 240
_DICEBEAR = "9.4.3"

# Style, licence, author. Others are left out: eyes alone or pictograms (adventurer-neutral, icons,
# shapes ...), without colour (lorelei, notionists), pixels (pixel-art), without an open licence
# (avataaars, bottts: "free for personal and commercial use").
_STYLES = (
    ("adventurer", "CC-BY-4.0", "Lisa Wischofsky"),
    ("big-ears", "CC-BY-4.0", "The Visual Team"),
    ("big-smile", "CC-BY-4.0", "Ashley Seo"),
    ("dylan", "CC-BY-4.0", "Natalia Spivak"),
    ("micah", "CC-BY-4.0", "Micah Lanier"),
    ("miniavs", "CC-BY-4.0", "Webpixels"),
    ("open-peeps", "CC0-1.0", "Pablo Stanley"),
    ("personas", "CC-BY-4.0", "Draftbit"),
    ("toon-head", "CC-BY-4.0", "Johan Melin"),
)


def _drawing(kind: str, count: int) -> Callable[[Path, Path], None]:
    def draw(folder: Path, target: Path) -> None:
        # A module is looked for beside the script that imports it.
        script = shutil.copy(_SCRIPT, folder / "modules" / _SCRIPT.name)
        run_tool(["node", str(script), kind, str(target), str(count)], folder, f"draw {kind}")

    return draw


def _listing(name: str) -> Callable[[Path], Iterator[Figure]]:
    def figures(folder: Path) -> Iterator[Figure]:
        for color in sorted((folder / "drawn").glob("*.svg")):
            yield Figure(name, color.stem, color)

    return figures


def _dicebear(style: str, licence: str, author: str) -> Source:
    name, package = f"dicebear-{style}", f"@dicebear/{style}"
    return Source(
        name, "npm install", (f"@dicebear/core@{_DICEBEAR}", f"{package}@{_DICEBEAR}"), licence,
        f"{author}, DiceBear", "avatars of parts", _listing(name), _drawing(package, _PER_STYLE),
        procedural=True,
    )  # fmt: skip


AVATARS = (
    *(_dicebear(*style) for style in _STYLES),
    Source(
        "facesjs", "npm install", ("react@18.3.1", "react-dom@18.3.1", "facesjs@5.0.3"),
        "Apache-2.0", "Jeremy Scheff", "outlined heads", _listing("facesjs"),
        _drawing("facesjs", _PER_LIBRARY), procedural=True,
    ),
    Source(
        "bigheads", "npm install", ("react@18.3.1", "react-dom@18.3.1", "@bigheads/core@0.3.3"),
        "MIT", "Robert Broersma", "outlined heads and shoulders", _listing("bigheads"),
        _drawing("@bigheads/core", _PER_LIBRARY), procedural=True,
    ),
)  # fmt: skip
