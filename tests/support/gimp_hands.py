"""A user in front of the real GIMP: keys and the mouse on a screen, and what the image keeps."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import msgpack
from gimp_harness import WAIT_TIMEOUT, GimpProcess
from gimp_screen import Screen

DIALOG = "Colorize Line Art"
# Places in the dialog, which never move.
FOREGROUND = (207, 456)
SCRIBBLE = (395, 416)
JOIN = (135, 536)
SELECTION = (375, 536)
FOLLOW = (25, 750)  # colour as soon as I pick
PALETTE = (350, 750)
FIRST_SWATCH = (105, 718)  # of the palette
WORK_IN = (100, 617)


class Hands:
    """A user in front of GIMP with one image open.

    Args:
        gimp: a GIMP with windows.
        screen: where they are.
    """

    def __init__(self, gimp: GimpProcess, screen: Screen) -> None:
        self.gimp, self.screen = gimp, screen

    def key(self, *keys: str) -> None:
        """Press keys in the image's window."""
        self.screen.key(self.screen.window("GIMP$"), *keys)

    def open(self) -> None:
        """Open the dialog and wait for the first region."""
        self.key("ctrl+alt+g")
        dialog = self.screen.window(DIALOG)
        self.screen.move(dialog, 940, 0)
        self.gimp.until("result = kept(image) is not None")

    def press(self, letter: str) -> None:
        """Press a button of the dialog by its letter."""
        self.type(f"alt+{letter}")

    def type(self, *keys: str) -> None:
        """Press keys in the dialog."""
        self.screen.key(self.window, *keys)

    def tab(self, number: int) -> None:
        """Bring a tab of the dialog to the front, from 1: colours, regions, options."""
        self.press(str(number))

    def choose_file(self, title: str, path: object) -> None:
        """Name a file in the dialog that asks for one, again where it was not ready for keys."""
        dialog = self.screen.window(title)

        def chosen() -> bool:
            self.screen.key(dialog, "ctrl+a")
            self.screen.write(dialog, str(path))
            self.screen.key(dialog, "Return")
            self.screen.rest(2.0)
            return not self.screen.has(title)

        self.wait(chosen, f"{title} stays")

    def choose_output(self, key: str) -> None:
        """Choose another output by the arrow keys."""
        self.tab(3)
        self.press("o")
        self.type(key)

    def shot(self, name: str) -> None:
        """Keep a picture of the screen."""
        time.sleep(1)  # what is being drawn
        self.screen.shot(name)

    @property
    def window(self) -> str:
        """The dialog, as soon as it is to be seen."""
        return self.screen.window(DIALOG)

    @property
    def dialog(self) -> bool:
        """Whether the dialog is there."""
        return self.screen.has(DIALOG)

    def close(self) -> None:
        """Close the dialog, and see it closed."""
        self.press("c")
        self.wait(lambda: not self.dialog, "the dialog stays")

    def wait(self, reached: Callable[[], bool], trouble: str) -> None:
        """Wait for something that is seen from outside of GIMP."""
        end = time.monotonic() + WAIT_TIMEOUT
        while not reached():
            assert time.monotonic() < end, trouble
            time.sleep(0.1)

    def said(self) -> bytes:
        """Return the picture of what the dialog says under its tabs."""
        return self.screen.pixels((946, 780, 420, 40))

    def undo_entry(self) -> bytes:
        """Open GIMP's menu Edit; return the picture of its first entry, which names a step."""
        self.key("alt+e")
        time.sleep(1)  # what is being drawn
        return self.screen.pixels((60, 26, 240, 24))

    def next_image(self) -> None:
        """Put the image away and open the same page once more."""
        self.gimp.run("""
            display.delete()
            image = load(image_path)
            display = Gimp.Display.new(image)
        """)

    def hints(self, count: int) -> list:
        """Wait until so many colours were given; return them."""
        self.wait(lambda: len(colors(self.gimp)) == count, f"there are not {count} colours")
        return colors(self.gimp)

    def no_hints(self) -> None:
        """Wait until no colour is given."""
        self.hints(0)


def acts(gimp: GimpProcess) -> list[dict[str, Any]]:
    """Return what was done to the page of GIMP's ``image``, as the image keeps it."""
    kept = kept_acts(gimp)
    return msgpack.unpackb(kept)["acts"] if kept else []


def kept_acts(gimp: GimpProcess) -> bytes:
    """Return the list of acts that GIMP's ``image`` keeps; empty where it keeps none."""
    kept = gimp.run("result = kept(image)")
    return b"" if kept is None else base64.b64decode(kept["acts"])


def colors(gimp: GimpProcess) -> list[list[int]]:
    """Return the colours that were given, in their order."""
    return [list(act["color"]) for act in acts(gimp) if act["op"] == "color"]
