"""Sources whose drawings lie ready in their packages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from gp_training.data.sources.base import Figure, Source

_RASTER = {".png", ".webp", ".jpg"}


def _openmoji(folder: Path) -> Iterator[Figure]:
    root = folder / "openmoji" / "package"
    for color in sorted((root / "color" / "svg").glob("*.svg")):
        line = root / "black" / "svg" / color.name
        codes = color.stem.split("-")
        # Flags are rectangles of flat colour without drawing; skin tones are the same drawing.
        if not line.is_file() or any(code.startswith(("1F1", "E0")) for code in codes):
            continue
        if any("1F3FB" <= code <= "1F3FF" for code in codes):
            continue
        yield Figure("openmoji", codes[0], color, line)


def _wesnoth(folder: Path) -> Iterator[Figure]:
    seen: set[str] = set()
    for color in sorted(folder.rglob("*")):
        if color.suffix not in _RASTER or "portraits" not in color.parts:
            continue
        # The same person appears in several campaigns and moods.
        work = color.stem.split("-")[0].split("+")[0].rstrip("0123456789_")
        key = f"{color.parent.name}/{color.name}"
        if "transparent" in color.parts or key in seen:
            continue
        seen.add(key)
        yield Figure("wesnoth", work, color)


# Pictures of the game's own tiles and of a book are no grounds to draw.
_NO_GROUND = ("wesnoth-1.16-sota", "wesnoth-1.16-did")


def _wesnoth_art(folder: Path) -> Iterator[Figure]:
    for color in sorted(folder.rglob("*")):
        package = color.relative_to(folder).parts[0]
        if color.suffix not in _RASTER or color.parent.name != "story" or package in _NO_GROUND:
            continue
        # swamp-01 and swamp-02 are one place, ..._nohumans the same picture.
        yield Figure("wesnoth-art", f"{package}/{re.split('[-_0-9]', color.stem)[0]}", color)


_CLIPART_SKIP = {
    "computer", "geography", "logos", "buttons", "shapes", "signs_and_symbols", "special",
}  # fmt: skip


def _openclipart(folder: Path) -> Iterator[Figure]:
    root = folder / "openclipart-svg" / "usr" / "share" / "openclipart" / "svg"
    for color in sorted(root.rglob("*.svg")):
        relative = color.relative_to(root)
        if relative.parts[0] in _CLIPART_SKIP or color.stat().st_size > 1_500_000:
            continue
        # Series by one hand are called name_01, name_02.
        yield Figure("openclipart", relative.stem.rstrip("0123456789_"), color)


# Letters, coins and signs are no drawings; what is not SVG or `cartoon` is a photograph.
_STAMPS_SKIP = {"symbols", "flags", "roadsigns", "electronics"}


def _tuxpaint(folder: Path) -> Iterator[Figure]:
    root = folder / "tuxpaint-stamps-default" / "usr" / "share" / "tuxpaint" / "stamps"
    for color in sorted(root.rglob("*")):
        parts = color.relative_to(root).parts
        stem = color.stem.removesuffix("_mirror").removesuffix("_flip")
        if stem != color.stem or _STAMPS_SKIP & set(parts):
            continue
        drawn = color.suffix == ".svg" or (
            color.suffix == ".png" and "cartoon" in parts and not color.with_suffix(".svg").exists()
        )
        if drawn:
            yield Figure("tuxpaint", f"{parts[0]}/{stem.rstrip('0123456789_-')}", color)


def _write_streamline(folder: Path, target: Path) -> None:
    """One SVG an icon, of the package's one JSON."""
    package = folder / "@iconify-json" / "streamline-emojis" / "package"
    icons = json.loads((package / "icons.json").read_text(encoding="utf-8"))
    for name, icon in icons["icons"].items():
        width = icon.get("width", icons.get("width", 16))
        height = icon.get("height", icons.get("height", 16))
        (target / f"{name}.svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
            f"{icon['body']}</svg>",
            encoding="utf-8",
        )


def _streamline(folder: Path) -> Iterator[Figure]:
    for color in sorted((folder / "drawn").glob("*.svg")):
        if color.stem.startswith("flag"):
            continue
        yield Figure("streamline", color.stem.rstrip("0123456789-"), color)


_WESNOTH_CAMPAIGNS = (
    "did", "dm", "dw", "ei", "httt", "l", "low", "nr", "sof", "sota", "sotbe", "thot", "trow",
    "tsg", "ttb", "utbs",
)  # fmt: skip
_WESNOTH_PACKAGES = (
    "wesnoth-1.16-data",
    *(f"wesnoth-1.16-{name}" for name in _WESNOTH_CAMPAIGNS),
)

COLLECTED = (
    Source(
        "openmoji", "npm", ("openmoji@17.0.0",), "CC-BY-SA-4.0", "OpenMoji",
        "true pairs: line art and colour of the same drawing", _openmoji,
    ),
    Source(
        "wesnoth", "apt", _WESNOTH_PACKAGES, "GPL-2.0-or-later",
        "The Battle for Wesnoth artists", "inked and painted characters", _wesnoth,
    ),
    Source(
        "wesnoth-art", "apt", _WESNOTH_PACKAGES, "GPL-2.0-or-later",
        "The Battle for Wesnoth artists", "painted story pictures, as grounds", _wesnoth_art,
        grounds=True, home="wesnoth",
    ),
    Source(
        "openclipart", "apt", ("openclipart-svg",), "Public domain", "Open Clip Art Library",
        "cartoons and objects, many outlined", _openclipart, outlined=True,
    ),
    Source(
        "tuxpaint", "apt", ("tuxpaint-stamps-default",), "GPL-2.0-or-later",
        "Bill Kendrick and the Tux Paint artists", "outlined objects, buildings, animals",
        _tuxpaint,
    ),
    Source(
        "streamline", "npm", ("@iconify-json/streamline-emojis@1.2.4",), "CC-BY-4.0",
        "Streamline", "emoji with dark outlines", _streamline, _write_streamline,
    ),
)  # fmt: skip
