"""Line art in SVG files, drawn by librsvg's `rsvg-convert` where this machine has it."""

from __future__ import annotations

import shutil
import subprocess

from gp_client.errors import TOO_LARGE, UNSUPPORTED_FORMAT, GuidingPainterError

SIDE = 3000  # pixels of the long side that a drawing without pixels gets
MOST_BYTES = 32 << 20
_SECONDS = 60  # a file that takes longer is made to
_STARTS = (b"<svg", b"<?xml", b"<!doctype svg", b"<!--")


def is_svg(head: bytes) -> bool:
    """Whether a file that begins so may be an SVG."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_STARTS)


def to_png(data: bytes, name: str) -> bytes:
    """Draws a file at `SIDE` pixels; nothing beside it is loaded, wherever it points to.

    Args:
        data: the whole file.
        name: for messages.

    Raises:
        GuidingPainterError: TOO_LARGE; UNSUPPORTED_FORMAT where there is no rsvg-convert, or it
            makes no picture of the file.
    """
    if len(data) > MOST_BYTES:
        raise GuidingPainterError(TOO_LARGE, f"{name} has more than {MOST_BYTES >> 20} MB.")
    program = shutil.which("rsvg-convert")
    if program is None:
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT,
            f"{name} is SVG, and this machine has no rsvg-convert to draw it.",
            "Install librsvg (librsvg2-bin), or export the drawing as PNG.",
        )
    side = str(SIDE)
    command = [program, "--format=png", "--keep-aspect-ratio", "--width", side, "--height", side]
    try:
        # Given as a stream it has no place, so no file beside it can be meant.
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=_SECONDS, check=False
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise _no_picture(name) from error
    if done.returncode != 0 or not done.stdout:
        raise _no_picture(name)
    return done.stdout


def _no_picture(name: str) -> GuidingPainterError:
    return GuidingPainterError(
        UNSUPPORTED_FORMAT, f"{name} cannot be drawn.", "Export the drawing as PNG."
    )
