"""The editors that tests drive: `make editors` gets them, `make clean-editors` removes the root.

Krita is this system's own, installed from the distribution where it is missing. GIMP 3 and a newer
Krita live in a Debian 13 beside it, 1.4 GB in the user's cache folder.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from debian13 import PURPOSES, NoRoot, debian13, install_here, megabytes, place

KRITA = ("krita", "Xvfb", "xdotool", "import", "xdpyinfo")
_PACKAGES = ("krita", "xvfb", "xdotool", "imagemagick", "python3-pyqt5", "x11-utils")


def native_krita() -> None:
    """Install this system's Krita and a virtual display where they are missing.

    Raises:
        NoRoot: no right to do it, or no network.
    """
    if all(shutil.which(program) for program in KRITA):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NoRoot(
            f"Tests of Krita need {', '.join(KRITA)}. Install them, or run `make editors` once "
            "as root on Debian or Ubuntu."
        )
    install_here(*_PACKAGES)


def prepare() -> list[str]:
    """Get all editors; what is there already takes no time.

    Returns:
        Why some cannot be had here.
    """
    failures = []
    for get in (native_krita, lambda: debian13(*PURPOSES)):
        try:
            get()
        except NoRoot as error:
            failures.append(str(error))
    return failures


def remove() -> str:
    """Remove the Debian 13; return a sentence that says so."""
    root = place()
    if not root.exists():
        return f"There is no {root}."
    size = megabytes(root)
    shutil.rmtree(root)
    root.with_suffix(".lock").unlink(missing_ok=True)
    return f"Removed {root}, {size} MB. This system's own Krita stays."


def main(arguments: Sequence[str]) -> int:
    """Get the editors, or with --remove remove what is large."""
    if list(arguments) == ["--remove"]:
        print(remove())
        return 0
    failures = prepare()
    for failure in failures:
        print(failure, file=sys.stderr)
    return 2 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
