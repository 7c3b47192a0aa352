"""The plug-in starts the daemon by itself, where GIMP is, with a Python of the daemon's own."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gimp_harness import GimpProcess, Place

PACKAGES = ("numpy", "onnxruntime", "cv2", "cc3d", "zmq", "msgpack", "PIL", "platformdirs", "rich")
WITH_THEM = ("flatbuffers", "google", "markdown_it", "mdurl", "pygments", "packaging")
OURS = Path(__file__).parents[3] / "daemon"
_SCRIPT = """#!/bin/sh
here={home}
export PYTHONHOME="$here" PYTHONPATH="$here/packages:$here/ours"
export LD_LIBRARY_PATH="$here/lib" PYTHONDONTWRITEBYTECODE=1
exec "$here/bin/python3" -m gp_daemon.cli "$@"
"""


def environment(home: Path) -> Path:
    """Put a Python with the daemon into a folder; return its gp-daemon.

    It is this very Python, copied: the root where GIMP runs has nothing but the system's.
    """
    base = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (home / "bin").mkdir(parents=True)
    shutil.copy2(Path(sys.executable).resolve(), home / "bin" / "python3")
    beside = shutil.ignore_patterns("site-packages", "test", "tests", "__pycache__", "idlelib")
    shutil.copytree(base / "lib" / version, home / "lib" / version, ignore=beside)
    for library in (base / "lib").glob("libpython*.so*"):
        shutil.copy2(library, home / "lib" / library.name)
    (home / "packages").mkdir()
    for name in (*PACKAGES, *WITH_THEM):
        try:
            found = importlib.import_module(name)
        except ImportError:
            continue
        folder = Path(next(iter(found.__path__)))
        shutil.copytree(folder, home / "packages" / name, ignore=beside)
        for libraries in folder.parent.glob("*.libs"):
            target = home / "packages" / libraries.name
            shutil.copytree(libraries, target, dirs_exist_ok=True)
    shutil.copytree(OURS, home / "ours", ignore=beside)
    script = home / "bin" / "gp-daemon"
    script.write_text(_SCRIPT.format(home=home))
    script.chmod(0o755)
    return script


@pytest.fixture
def program(place: Place) -> Iterator[Path]:
    """A gp-daemon where GIMP is, of which the installed plug-in knows as of its own."""
    (record,) = (place.home / "gimp" / "plug-ins").rglob("daemon_path.txt")
    before = record.read_text(encoding="utf-8")
    home = place.base / "own"
    made = environment(home)
    record.write_text(f"{made}\n", encoding="utf-8")
    yield made
    record.write_text(before, encoding="utf-8")
    shutil.rmtree(home)


def test_the_plug_in_starts_the_daemon_by_itself(
    place: Place, gimp: GimpProcess, page: Path, program: Path
) -> None:
    with place.without_daemon():
        assert gimp.run("result = call('next-region', image)[0]", timeout=120) == 1
        client = place.connected()
        running = Path(f"/proc/{client.info['pid']}/cmdline").read_bytes().split(b"\0")
        assert running[0].decode() == str(program.with_name("python3"))
        assert gimp.run("result = call('skip-region', image)[0]") not in (0, 1)
        client.shutdown()
        client.close()


class AsFlatpak(Place):
    """GIMP has the folders that Flatpak gives it; the artist's own programs have theirs."""

    @property
    def config(self) -> Path:
        """GIMP's own folder, as it is seen from outside."""
        return self.home / ".var/app/org.gimp.GIMP/config/GIMP/3.0"

    @property
    def environment(self) -> dict[str, str]:
        """What GIMP and its plug-ins run with."""
        made = {**super().environment, "XDG_CONFIG_HOME": str(self.config.parents[1])}
        del made["GIMP3_DIRECTORY"]
        return made

    def install(self) -> None:
        """Install the plug-in before GIMP was ever started."""
        (self.home / ".local/share/flatpak/app/org.gimp.GIMP").mkdir(parents=True)
        command = [sys.executable, "-m", "gp_cli.main", "install", "gimp"]
        outside = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        subprocess.run(command, env=outside, check=True, stdout=subprocess.DEVNULL)
        known = self.home / "gimp" / "pluginrc"
        if known.exists():
            shutil.copyfile(known, self.config / "pluginrc")


def test_a_flatpaks_gimp_finds_the_plug_in_and_the_daemon_in_a_folder_that_both_see(
    picture: Path,
) -> None:
    """All but the sandbox itself, which keeps programs apart and is not to be had here."""
    flatpak = AsFlatpak()
    try:
        flatpak.install()
        assert (flatpak.config / "plug-ins/guidingpainter/guidingpainter.py").is_file()
        flatpak.start_daemon()
        path = flatpak.base / "page.png"
        shutil.copyfile(picture, path)
        gimp = GimpProcess(flatpak, "gimp-console-3.0", ["-i"])
        try:
            gimp.run(f"image = load({str(path)!r})")
            assert gimp.run("result = call('next-region', image)[0]") == 1
            folder = gimp.run("result = Gimp.directory()")
            assert folder == str(flatpak.config)
        finally:
            gimp.close()
    finally:
        flatpak.close()


def test_a_daemon_that_was_moved_is_named_with_what_to_do(
    place: Place, gimp: GimpProcess, page: Path, program: Path
) -> None:
    program.rename(program.with_name("elsewhere"))
    with place.without_daemon():
        message = r"There is no program .*gp-daemon to start.*Install GuidingPainter again"
        with pytest.raises(AssertionError, match=message):
            gimp.run("call('next-region', image)")
    assert gimp.run("result = ours(image) is None and kept(image) is None")
