"""Where a daemon's unix sockets lie in its folder, and whether they can be made there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gp_client.errors import BAD_REQUEST
from gp_client.errors import GuidingPainterError as GPError

_MAX_PATH = 103  # bytes of a unix socket's path, with the final zero 104 on macOS


def main_path(folder: Path) -> Path:
    """Return the path of the main socket in a runtime folder."""
    return folder / "gp.sock"


def control_path(main: Path) -> Path:
    """Return the path of the control socket that goes with a main one."""
    return main.with_name(main.name + ".ctl")


def check_path(main: Path) -> None:
    """Look whether a main socket and its control socket can be made at a path.

    Raises:
        GuidingPainterError: BAD_REQUEST for a path that is too long or no text, or holds something
            that is not a socket.
    """
    try:
        str(main).encode()
    except UnicodeEncodeError as error:  # clients are told of it as text
        shown = os.fsencode(main).decode(errors="replace")
        raise GPError(
            BAD_REQUEST, f"The socket's path {shown} is not all UTF-8.", "Choose another path."
        ) from error
    control = control_path(main)
    if len(os.fsencode(control)) > _MAX_PATH:
        raise GPError(
            BAD_REQUEST,
            f"The socket's path {main} is too long for this system.",
            "Choose a shorter one, or set GUIDINGPAINTER_RUNTIME to a shorter folder.",
        )
    for taken in (main, control):
        # libzmq removes what is in its way, and that may be somebody's picture.
        if os.path.lexists(taken) and not stat.S_ISSOCK(taken.lstat().st_mode):
            raise GPError(
                BAD_REQUEST,
                f"{taken} exists and is not a socket.",
                "Remove it, or choose another path.",
            )
