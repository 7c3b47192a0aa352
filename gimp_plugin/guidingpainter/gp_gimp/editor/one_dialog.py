"""One dialog for each image: calling the menu again raises the one that is there.

Each call of the menu is a process of its own, so the two speak through the image itself.
"""

from __future__ import annotations

import time

from .host import Gimp

_CALL = "guidingpainter-raise"  # a parasite that is neither saved nor undone
_PATIENCE = 4.0  # seconds until a dialog that does not answer counts as gone
_OPEN = "guidingpainter-dialog"


class OneDialog:
    """The image's one dialog.

    Args:
        image: the image.
    """

    def __init__(self, image: Gimp.Image) -> None:
        self._image = image

    def raised(self) -> bool:
        """Whether the image had a dialog, which has come to the front now. It may wait."""
        if self._image.get_parasite(_OPEN) is None:
            return False
        self._image.attach_parasite(Gimp.Parasite.new(_CALL, 0, b"1"))
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if self._image.get_parasite(_CALL) is None:
                return True
            time.sleep(0.05)
        self._image.detach_parasite(_CALL)
        return False  # that one died

    def begin(self) -> None:
        """Say that there is a dialog now."""
        if self._image.is_valid():
            self._image.attach_parasite(Gimp.Parasite.new(_OPEN, 0, b"1"))

    def called(self) -> bool:
        """Whether somebody wants to see this dialog."""
        if self._image.get_parasite(_CALL) is None:
            return False
        self._image.detach_parasite(_CALL)
        return True

    def end(self) -> None:
        """Say that there is none any more."""
        if self._image.is_valid():
            self._image.detach_parasite(_OPEN)
