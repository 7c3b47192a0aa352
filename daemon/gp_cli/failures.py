"""Any failure of one page as a sentence, so that the others go on."""

from __future__ import annotations

from gp_client import files
from gp_client.errors import INTERNAL, TOO_LARGE, UNWRITABLE, GuidingPainterError

# Where a package has another name than the module that is imported.
_PACKAGES = {"psd_tools": "psd-tools", "cv2": "opencv-python-headless", "PIL": "Pillow"}


def as_error(error: Exception) -> GuidingPainterError:
    """A failure of any kind as ours, with its cause; ours stays as it is.

    Args:
        error: what was caught.

    Returns:
        What an artist may see: for a Python package that is missing, how to get it.
    """
    if isinstance(error, GuidingPainterError):
        return error
    found = _described(error)
    found.__cause__ = error
    return found


def _described(error: Exception) -> GuidingPainterError:
    if isinstance(error, ModuleNotFoundError) and error.name:
        module = error.name.split(".")[0]
        package = _PACKAGES.get(module, module)
        return GuidingPainterError(
            INTERNAL,
            f"The Python package {package} is missing.",
            f"Install it: python -m pip install {package}",
        )
    if isinstance(error, MemoryError):
        return GuidingPainterError(TOO_LARGE, "The memory is full.", "Close other programs.")
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return GuidingPainterError(UNWRITABLE, f"{where}{files.reason(error)}.")
    said = " ".join(str(error).split())[:200]
    return GuidingPainterError(
        INTERNAL,
        f"A fault of GuidingPainter: {type(error).__name__}" + (f" ({said})." if said else "."),
        "Please report it; --verbose shows where it was.",
    )
