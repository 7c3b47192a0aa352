"""What docs/install tells of other systems, as far as it can be held here: commands and places."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import gp_client
import pytest
from gp_cli import main as gp
from gp_cli.install import gimp, krita
from gp_daemon import cli as gp_daemon

FOLDER = Path(__file__).parents[2] / "docs/install"
PAGES = sorted(FOLDER.glob("*.md"))
PARSERS = {"gp": gp.parser, "gp-daemon": gp_daemon.parser}
_FENCED = re.compile(r"^```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_CALL = re.compile(r"(?:^|\s|[/\\])(gp|gp-daemon)(?:\.exe)? (.+)")


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def commands(page: Path) -> Iterator[str]:
    """The lines of a page's blocks without their comments, and what stands between backticks."""
    for block in _FENCED.findall(text(page)):
        yield from (line.partition(" #")[0].strip() for line in block.splitlines())
    for inline in _INLINE.findall(_FENCED.sub("", text(page))):
        yield inline.replace("\\|", "|")  # as a table has to write it


def calls(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Every call of our programs with its arguments, short of where its output goes."""
    for command in commands(page):
        found = _CALL.search(command)
        if found is not None:
            arguments = re.split(r" (?:>>?|\|) ", found[2])[0]
            yield found[1], shlex.split(arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_call_of_our_programs_is_one_that_they_take(page: Path) -> None:
    found = list(calls(page))
    assert found
    for program, arguments in found:
        if arguments != ["--bundle"]:  # spoken of, not called
            PARSERS[program]().parse_args(arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_of_a_release_have_the_present_version(page: Path) -> None:
    versions = re.findall(r"guidingpainter-(?:krita-|gimp-)?(\d+\.\d+\.\d+)", text(page))
    assert set(versions) <= {gp_client.__version__}
    assert bool(versions) == (page.stem != "flatpak")


def chosen(system: str, home: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The folders that `gp install` chooses on a system for Krita's and GIMP's plug-ins."""
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("APPDATA", "%APPDATA%")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "GIMP3_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: Path(home))
    folders = {place.folder / "pykrita" for place in krita.places()}
    folders |= {place.folder for place in gimp.places()}
    return {str(folder) for folder in folders}


def test_the_page_of_windows_names_the_folders_that_are_chosen_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for folder in chosen("win32", "/nowhere", monkeypatch):
        assert "`" + folder.replace("/", "\\") + "`" in text(FOLDER / "windows.md")


def test_the_page_of_macos_names_the_folders_that_are_chosen_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for folder in chosen("darwin", "~", monkeypatch):
        assert f"`{folder}`" in text(FOLDER / "macos.md")


def test_the_page_of_flatpak_shows_what_is_looked_at_and_where_the_plug_in_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = re.findall(r"/home/ann/\S+", text(FOLDER / "flatpak.md"))
    folders = chosen("linux", "/home/ann", monkeypatch)
    looked = [path for path in shown if not path.endswith("/guidingpainter")]
    assert {f"{path}/pykrita" for path in looked} <= folders
    (installed,) = set(shown) - set(looked)
    assert str(Path(installed).parent) in folders
