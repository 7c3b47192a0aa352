"""A virtual screen for GIMP's windows: keys, clicks and pictures of it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from gimp_harness import START_TIMEOUT, WAIT_TIMEOUT, Place
from PIL import Image

SHOTS = Path(__file__).parents[2] / "out" / "gimp"  # kept after the tests, to be looked at
SIZE = "1400x900x24"


class Screen:
    """An X server of its own, where GIMP runs.

    Args:
        place: where GIMP runs.
        size: pixels and bits.
    """

    def __init__(self, place: Place, size: str = SIZE) -> None:
        self._place = place
        reading, writing = os.pipe()
        options = ["-screen", "0", size, "-nolisten", "tcp", "-noreset"]
        self._xvfb = subprocess.Popen(
            place.command("Xvfb", "-displayfd", str(writing), *options),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(writing,),
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.display = f":{int(pipe.readline())}"
        end = time.monotonic() + START_TIMEOUT
        # It says so a moment before it takes connections.
        while self._run("xdpyinfo").returncode:
            assert time.monotonic() < end, "the display does not come up"
            time.sleep(0.05)

    def window(self, title: str, timeout: float = WAIT_TIMEOUT) -> str:
        """Return the id of the window with this title, as soon as it is to be seen."""
        end = time.monotonic() + timeout
        while True:
            done = self._run("xdotool", "search", "--onlyvisible", "--name", title)
            if done.stdout.split():
                return done.stdout.split()[-1]
            assert time.monotonic() < end, f"no window {title!r}: {self.titles()}"
            time.sleep(0.1)

    def has(self, title: str) -> bool:
        """Whether a window with this title is to be seen."""
        done = self._run("xdotool", "search", "--onlyvisible", "--name", title)
        return bool(done.stdout.split())

    def titles(self) -> list[str]:
        """Return the titles of all windows that are to be seen."""
        found = self._run("xdotool", "search", "--onlyvisible", "--name", ".").stdout.split()
        return [self._run("xdotool", "getwindowname", one).stdout.strip() for one in found]

    def focus(self, window: str) -> None:
        """Let a window have the keys."""
        self._run("xdotool", "windowraise", window, "windowfocus", "--sync", window)

    def key(self, window: str, *keys: str) -> None:
        """Press keys in a window."""
        self.focus(window)
        self._run("xdotool", "key", "--delay", "60", *keys)

    def pick(self, window: str, x: int, y: int, steps: int | str, button: int = 1) -> None:
        """Open a menu by a click into a window, and choose its entry.

        Args:
            window: its id.
            x, y: where to click.
            steps: so many steps down, or the key that goes to the entry, such as "End".
            button: of the mouse.
        """
        self.click(window, x, y, button=button)
        end = time.monotonic() + WAIT_TIMEOUT
        while not self._menu():  # keys before it is there go elsewhere
            assert time.monotonic() < end, "no menu"
            time.sleep(0.05)
        keys = [steps] if isinstance(steps, str) else ["Down"] * steps
        self._run("xdotool", "sleep", "0.6", "key", "--delay", "60", *keys, "Return")

    def _menu(self) -> bool:
        """Whether a menu is to be seen. A tooltip, which comes when it likes, is none."""
        done = self._run("xdotool", "search", "--onlyvisible", "--maxdepth", "1", ".*")
        kinds = [self.property(one, "_NET_WM_WINDOW_TYPE") for one in set(done.stdout.split())]
        return any("_MENU" in kind or "_COMBO" in kind for kind in kinds)

    def resize(self, window: str, width: int, height: int) -> None:
        """Give a window a size."""
        self._run("xdotool", "windowsize", "--sync", window, str(width), str(height))

    def drag(
        self,
        window: str,
        places: list[tuple[int, int]],
        *held: str,
        pause: float = 0.1,
        button: int = 1,
    ) -> None:
        """Draw with a button held from one place in a window to the next, with keys held.

        Args:
            window: its id.
            places: the first is where the button is pressed.
            held: keys.
            pause: seconds that the hand rests at each place.
            button: of the mouse.
        """
        (x, y), *rest = places
        words = ["xdotool", "mousemove", "--window", window, str(x), str(y)]
        words += [word for key in held for word in ("keydown", key)]
        words += ["mousedown", str(button)]
        for x, y in rest:
            words += ["mousemove", "--window", window, str(x), str(y)]
            words += ["sleep", str(pause)] if pause else []
        words += ["mouseup", str(button)]
        self._run(*words, *[word for key in held for word in ("keyup", key)])

    def hold(self, window: str, places: list[tuple[int, int]]) -> None:
        """Draw as ``drag`` does, and hold the button on until ``release``."""
        for at, (x, y) in enumerate(places):
            words = ["xdotool", "mousemove", "--window", window, str(x), str(y)]
            self._run(*words, *([] if at else ["mousedown", "1"]), "sleep", "0.1")

    def release(self) -> None:
        """Let the button go."""
        self._run("xdotool", "mouseup", "1")

    def rest(self, seconds: float) -> None:
        """Leave hands and mouse still."""
        time.sleep(seconds)

    def write(self, window: str, text: str) -> None:
        """Type a text in a window."""
        self.focus(window)
        self._run("xdotool", "type", "--delay", "30", text)

    def move(self, window: str, x: int, y: int) -> None:
        """Move a window's upper left corner."""
        self._run("xdotool", "windowmove", window, str(x), str(y))

    def property(self, window: str, name: str) -> str:
        """Return what a window says of itself."""
        return self._run("xprop", "-id", window, name).stdout

    def focused(self) -> str:
        """Return the id of the window that has the keys."""
        return self._run("xdotool", "getwindowfocus").stdout.strip()

    def count(self, title: str) -> int:
        """Return how many windows with this title are to be seen."""
        done = self._run("xdotool", "search", "--onlyvisible", "--name", title)
        return len(done.stdout.split())

    def wheel(self, window: str, places: list[tuple[int, int]], button: int = 4) -> None:
        """Turn the wheel by a notch at places of a window: button 4 is up, 5 is down."""
        words = ["xdotool"]
        for x, y in places:
            words += ["mousemove", "--window", window, str(x), str(y), "click", str(button)]
        self._run(*words)

    def size(self, window: str) -> tuple[int, int]:
        """Return a window's width and height."""
        said = self._run("xdotool", "getwindowgeometry", "--shell", window).stdout
        fields = dict(line.split("=") for line in said.split())
        return int(fields["WIDTH"]), int(fields["HEIGHT"])

    def click(
        self, window: str, x: int, y: int, *held: str, times: int = 1, button: int = 1
    ) -> None:
        """Click into a window, with these keys held."""
        words = ["xdotool", "mousemove", "--window", window, str(x), str(y)]
        words += [word for key in held for word in ("keydown", key)]
        words += ["click", "--repeat", str(times), "--delay", "60", str(button)]
        self._run(*words, *[word for key in held for word in ("keyup", key)])

    def hover(self, window: str, x: int, y: int) -> None:
        """Move the mouse to a place in a window."""
        self._run("xdotool", "mousemove", "--window", window, str(x), str(y))

    def hide(self, window: str) -> None:
        """Put a window away."""
        self._run("xdotool", "windowunmap", window)

    def shot(self, name: str) -> None:
        """Keep a picture of the screen."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        (SHOTS / f"{name}.png").write_bytes(self._picture().read_bytes())

    def pixels(self, box: tuple[int, int, int, int]) -> bytes:
        """Return what a part of the screen shows: x, y, width, height; RGB."""
        x, y, width, height = box
        with Image.open(self._picture()) as picture:
            return picture.convert("RGB").crop((x, y, x + width, y + height)).tobytes()

    def _picture(self) -> Path:
        inside = self._place.base / "shot.png"
        done = self._run("import", "-window", "root", str(inside))
        assert done.returncode == 0, done.stderr
        return inside

    def close(self) -> None:
        """End the X server."""
        self._xvfb.terminate()
        self._xvfb.wait(20)

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._place.command(*words),
            env={**self._place.environment, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            timeout=60,
        )
