"""A Debian 13 beside the machine's own system, for editors that the machine does not have.

The root lives in the user's cache folder, is made on first need and kept. Packages are added to it
by purpose. Whatever breaks off (power, network, an impatient hand) is taken up where it stopped.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from platformdirs import user_cache_path

SUITE = "trixie"
DISPLAY = ("xvfb", "xdotool", "imagemagick", "x11-utils")
PURPOSES: Mapping[str, tuple[str, ...]] = {
    "gimp": (
        *DISPLAY,
        "gimp",
        "python3-gi",
        "python3-gi-cairo",
        "gir1.2-gimp-3.0",
        "gir1.2-gtk-3.0",
        "gir1.2-gegl-0.4",
        "dbus",
    ),
    "krita": (*DISPLAY, "krita", "python3-pyqt5"),
}
_TOOL = "mmdebstrap"
_EVERY = 10.0  # seconds
_STAMPS = "var/lib/guidingpainter-tests"  # in the root: one file a finished purpose
# A throw-away system: no syncing to disk, no manuals, no translations.
_DPKG = (
    "force-unsafe-io",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/help/*",
)


class NoRoot(Exception):
    """The root cannot be made here; its text says why and what to do."""


def place() -> Path:
    """Return where the root is, or would be."""
    return user_cache_path("guidingpainter") / "debian13"


def debian13(*purposes: str) -> Path:
    """Return the root of a Debian 13 that has what these purposes need.

    Making it takes minutes: standard error tells every ten seconds how far it is.

    Args:
        purposes: keys of PURPOSES.

    Raises:
        NoRoot: no right to make it, no network, or no space.
    """
    root = place()
    wanted = [purpose for purpose in purposes if not _has(root, purpose)]
    if not wanted:
        return root
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NoRoot(
            f"Tests of {' and '.join(wanted)} need a Debian 13 root in {root}, which only root "
            "can make, on a Debian or Ubuntu machine. Run `make test` there once as root, or "
            "leave these tests out: pytest -m 'not editor'."
        )
    root.parent.mkdir(parents=True, exist_ok=True)
    with _lock(root.with_suffix(".lock")):
        if not root.exists():
            _make(root)
        for purpose in wanted:
            if not _has(root, purpose):
                _install(root, purpose)
    return root


def inside(root: Path, command: Sequence[str]) -> list[str]:
    """Return the command that runs a command in a root; paths below the root hold in both."""
    return ["chroot", str(root), *command]


def _has(root: Path, purpose: str) -> bool:
    stamp = root / _STAMPS / purpose
    return stamp.is_file() and stamp.read_text().split() == list(PURPOSES[purpose])


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(root: Path) -> None:
    """Make the bare system, in one step as seen from outside."""
    if shutil.which(_TOOL) is None:
        install_here(_TOOL)
    part = root.with_suffix(".part")
    if part.exists():
        shutil.rmtree(part)
    command = [_TOOL, "--quiet", "--mode=root", "--variant=minbase"]
    # Mounts need rights that a container's root may lack, and nothing here needs them.
    command.append("--skip=chroot/mount")
    command += [f"--aptopt={path}" for path in _apt_options()]
    command += [f"--dpkgopt={option}" for option in _DPKG]
    if any(mirror.startswith("https:") for mirror in _mirrors()):
        command.append("--include=ca-certificates")
    _run([*command, SUITE, str(part), *_mirrors()], "a bare Debian 13", part)
    policy = part / "usr/sbin/policy-rc.d"  # no services
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    # The root's own path holds inside of it too, so that both sides name a file the same way.
    link = part / root.relative_to("/")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("/")
    part.rename(root)


def _install(root: Path, purpose: str) -> None:
    if Path("/etc/resolv.conf").exists():
        shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
    packages = PURPOSES[purpose]
    _run(inside(root, ["dpkg", "--configure", "-a"]))
    _run(inside(root, ["apt-get", "update", "-qq"]))
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    _run(inside(root, install), f"a Debian 13 with {purpose}", root)
    _run(inside(root, ["apt-get", "clean"]))
    stamp = root / _STAMPS / purpose
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text("\n".join(packages) + "\n")


def install_here(*packages: str) -> None:
    """Install packages in this system; for root, on Debian or Ubuntu.

    Raises:
        NoRoot: apt fails.
    """
    _run(["apt-get", "update", "-qq"])
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    _run(install, f"{packages[0]} of this system")


def _run(command: list[str], what: str = "", grows: Path | None = None) -> None:
    """Run a command to its end.

    Args:
        command: program and arguments.
        what: is made by it; "" for what takes no time.
        grows: a folder whose size shows how far it is.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    with _telling(what, grows):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-1500:]
        raise NoRoot(
            f"What the tests of editors need cannot be installed: {command[0]} failed. Is "
            f"there a network, and 2 GB of space? Run the tests again to go on.\n{said}"
        )


@contextlib.contextmanager
def _telling(what: str, grows: Path | None) -> Iterator[None]:
    """Within the block standard error says every ten seconds how far it is."""
    ended = threading.Event()
    began = time.monotonic()

    def tell() -> None:
        while not ended.wait(_EVERY):
            size = f"{megabytes(grows)} MB, " if grows is not None else ""
            said = f"making {what}: {size}{time.monotonic() - began:.0f} s"
            print(said, file=sys.stderr, flush=True)

    teller = threading.Thread(target=tell)
    if what:
        teller.start()
    try:
        yield
    finally:
        ended.set()
        if what:
            teller.join()


def megabytes(folder: Path) -> int:
    """Return how much the files of a folder take; links are not followed."""
    found = 0
    for at, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # while others write there
                found += os.lstat(os.path.join(at, name)).st_size
    return found // 1_000_000


def _apt_options() -> list[Path]:
    """Options of the machine's apt that say how to reach a mirror, such as a proxy's."""
    words = ("acquire::http", "acquire::check", "acquire::proxy")
    folder = Path("/etc/apt/apt.conf.d")
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in files if any(word in path.read_text().lower() for word in words)]


def _mirrors() -> list[str]:
    """The machine's own Debian mirror; none where it is no Debian, for the tool's default."""
    folder = Path("/etc/apt/sources.list.d")
    files = [Path("/etc/apt/sources.list"), *sorted(folder.glob("*.list"))]
    for path in (*files, *sorted(folder.glob("*.sources"))):
        for word in path.read_text().split() if path.exists() else ():
            if word.startswith(("http://", "https://")) and word.rstrip("/").endswith("/debian"):
                return [word]
    return []
