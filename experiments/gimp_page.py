"""A whole page flatted in the real GIMP by real mouse, and the actions counted.

    python -m experiments.gimp_page [--folder out/gimp_page]

Plays what `krita_job` plays in Krita, in the picture of GIMP's dialog: `tuxpaint_17` to its end,
colours back to front, each taken by Ctrl+click on a swatch of a loaded palette, then drags with
Shift. An action is a click, a drag from press to release, a number typed, a turn of the wheel, or
an undo. It ends when no closed area has more than 20 pixels of another colour.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from gp_client import Client
from numpy.typing import NDArray
from PIL import Image

from experiments.krita_plan import Drag, plan, wanted
from experiments.krita_truth import INK, LEAST, TUXPAINT_17, Truth, truth

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT / "tests/support"))

from gimp_hands import PALETTE, Hands, acts, kept_acts  # noqa: E402
from gimp_harness import GimpProcess, Place  # noqa: E402
from gimp_screen import SHOTS, Screen  # noqa: E402

_SAMPLE = _ROOT / "docs/samples/tuxpaint_17.png"
_TRIES = 3  # of one drag
_KEY = '(action "python-fu-guidingpainter-colorize" "<Primary><Alt>g")\n'
_WINDOW = (900, 1180)  # the dialog's, made larger
_USUAL = 864  # height that it has at first
# The picture's widget: left, top, and what lies right of and under it; its own frame.
_LEFT, _TOP, _RIGHT, _UNDER, _FRAME = 6, 46, 6, 515, 8
_SWATCH, _PITCH, _PER_LINE = (105, 684), (36, 34), 9  # the palette's first, scrolled to the end
_LIST = (200, 650)  # on the swatches
_FLATS = "pixels(our_layer(image, 'Flats'))"


class Job:
    """One page, and the hand that colours it.

    Args:
        hands: of a user in front of GIMP.
        client: of the daemon that GIMP asks.
        goal: how the page shall look.

    Attributes:
        actions: how many of each kind.
    """

    def __init__(self, hands: Hands, client: Client, goal: Truth) -> None:
        self._hands, self._client, self._goal = hands, client, goal
        self.actions: Counter[str] = Counter()
        path = hands.gimp.place.base / "page.png"
        with Image.open(_SAMPLE) as image:
            image.convert("RGB").save(path)
        hands.gimp.run(f"""
            image = load({str(path)!r})
            display = Gimp.Display.new(image)
            line = image.get_layers()[0]
        """)
        height, width = goal.areas.shape
        room = (_WINDOW[0] - _LEFT - _RIGHT, _WINDOW[1] - _TOP - _UNDER)
        scale = min((room[0] - _FRAME) / width, (room[1] - _FRAME) / height)
        self._shown = (int(width * scale), int(height * scale))
        self._corner = (
            _LEFT + (room[0] - self._shown[0]) / 2,
            _TOP + (room[1] - self._shown[1]) / 2,
        )

    def begin(self) -> None:
        """Look at the page, say what is ink, and load the palette."""
        hands = self._hands
        hands.open()
        self.actions["open the dialog"] += 1
        colors = "\n".join("{} {} {}\t{}".format(*c, name) for name, c in self._goal.palette)
        palette = hands.gimp.place.base / "cast.gpl"
        palette.write_text(f"GIMP Palette\nName: Cast\n#\n{colors}\n")
        # An artist has her palette; that it is chosen in a dialog is not counted.
        hands.screen.pick(hands.window, *PALETTE, 1)
        hands.choose_file("Load a palette", palette)
        hands.gimp.until("result = len(kept(image)['palette']) > 2")
        hands.screen.move(hands.window, 1010, 0)
        hands.screen.resize(hands.window, *_WINDOW)
        self.actions["make it larger"] += 1
        hands.tab(3)
        hands.press("i")
        hands.type("Tab", *str(INK), "Return")
        hands.wait(
            lambda: any(act.get("ink") == INK for act in acts(hands.gimp)), "ink is not found anew"
        )
        hands.tab(1)
        self.actions["Ink (tab, tick, number, tab)"] += 4
        hands.screen.wheel(hands.window, [self._under(_LIST)] * 3, button=5)
        self.actions["scroll the swatches"] += 1

    def pieces(self) -> NDArray[np.int32]:
        """Return which piece each pixel belongs to, as the daemon that GIMP asks says."""
        height, width = self._goal.areas.shape
        data = self._hands.gimp.bytes("pixels(line)")
        page = self._client.open_guided(data, width, height, "RGBA8")
        page.play(kept_acts(self._hands.gimp))
        starts, ends, pieces = page.pieces().runs
        found = np.zeros((height, width), np.int32)
        for y in range(height):
            left = 0
            for run in range(starts[y], starts[y + 1]):
                found[y, left : ends[run]] = pieces[run]
                left = ends[run]
        page.close()
        return found

    def take(self, place: int) -> None:
        """Make a colour the foreground colour, by a click on its swatch."""
        color = list(self._goal.palette[place][1])
        (x, y), (across, down) = _SWATCH, _PITCH
        at = (x + across * (place % _PER_LINE), y + down * (place // _PER_LINE))
        self._hands.screen.click(self._hands.window, *self._under(at), "ctrl")
        self._hands.gimp.until(f"result = foreground() == {color}")
        self.actions["take a colour"] += 1

    def drag(self, drag: Drag, want: NDArray[np.int64], firsts: NDArray[np.int64]) -> None:
        """Fill what a drag passes; where the hand slipped over what was done, undo and again.

        Args:
            drag: which.
            want: the colour of each piece, [pieces].
            firsts: a pixel of each piece, its place on the canvas row by row, [pieces].
        """
        color = (*self._goal.palette[drag.color][1], 255)
        done = np.flatnonzero((want >= 0) & (want < drag.color))
        for _ in range(_TRIES):
            before = acts(self._hands.gimp)
            places = [self._at(x, y) for x, y in drag.way]
            self._hands.screen.drag(self._hands.window, places, "shift", pause=0.3)
            self._hands.wait(lambda: acts(self._hands.gimp) != before, "nothing is filled")  # noqa: B023
            given = self._flats().reshape(-1, 4)[firsts]
            self.actions["drag" if len(drag.way) > 1 else "fill"] += 1
            missed = [piece for piece in drag.pieces if tuple(given[piece]) != color]
            spoilt = [
                int(piece)
                for piece in done
                if tuple(given[piece]) != (*self._goal.palette[want[piece]][1], 255)
            ]
            if not missed and not spoilt:
                return
            print(f"    slipped: {missed} not filled, {spoilt} painted over")
            count = len(acts(self._hands.gimp))
            self._hands.type("ctrl+z")
            self._hands.wait(lambda: len(acts(self._hands.gimp)) < count, "no undo")  # noqa: B023
            self.actions["undo"] += 1
        raise AssertionError(f"{drag} does not come about")

    def wrong(self) -> dict[int, int]:
        """Return the areas of which more than LEAST pixels have another colour, with how many."""
        areas, shown = self._goal.areas, self._flats()
        table = np.array([(*color, 255) for _, color in self._goal.palette], np.uint8)
        right = (shown == table[self._goal.colors[areas]]).all(axis=2)
        counts = np.bincount(areas[~right], minlength=len(self._goal.colors))
        return {int(area): int(counts[area]) for area in np.flatnonzero(counts > LEAST) if area}

    def keep(self, path: Path) -> None:
        """Keep a picture of the screen."""
        time.sleep(1)  # what is being drawn
        self._hands.screen.shot(path.stem)
        (SHOTS / path.name).replace(path)

    def _flats(self) -> NDArray[np.uint8]:
        self._hands.gimp.until("result = ours(image) and our_layer(image, 'Flats') is not None")
        data = np.frombuffer(self._hands.gimp.bytes(_FLATS), np.uint8)
        return data.reshape(*self._goal.areas.shape, 4)

    def _at(self, x: int, y: int) -> tuple[int, int]:
        """Where the dialog shows a pixel of the canvas: the first that is taken for it."""
        height, width = self._goal.areas.shape
        return (
            math.ceil(self._corner[0]) + math.ceil(x * self._shown[0] / width),
            math.ceil(self._corner[1]) + math.ceil(y * self._shown[1] / height),
        )

    def _under(self, place: tuple[int, int]) -> tuple[int, int]:
        """Where something under the picture is in the window as large as it is now."""
        return place[0], place[1] + _WINDOW[1] - _USUAL


def main() -> None:
    """Play, and print what it took."""
    parser = argparse.ArgumentParser(description="A whole page in GIMP, actions counted")
    parser.add_argument("--folder", type=Path, default=_ROOT / "out/gimp_page")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    goal, place = truth(_SAMPLE, TUXPAINT_17), Place()
    place.install()
    client = place.start_daemon()
    screen = Screen(place, "1920x1200x24")
    (place.home / "gimp" / "shortcutsrc").write_text(_KEY)
    gimp = GimpProcess(place, "gimp-3.0", [], screen.display)
    try:
        screen.hide(screen.window("Welcome"))
        _play(Job(Hands(gimp, screen), client, goal), goal, folder)
    finally:
        gimp.close()
        screen.close()
        place.close()


def _play(job: Job, goal: Truth, folder: Path) -> None:
    job.begin()
    job.keep(folder / "begun.png")
    pieces = job.pieces()
    want = wanted(pieces, goal)
    _, firsts = np.unique(pieces.ravel(), return_index=True)
    print(f"load {os.getloadavg()[0]:.1f}: {1 + pieces.max()} pieces", flush=True)
    fresh, painted_over = np.zeros(len(want), bool), frozenset[int]()
    for place, (name, _) in enumerate(goal.palette):
        drags = plan(pieces, want, place, fresh, painted_over)
        job.take(place)
        for drag in drags:
            job.drag(drag, want, firsts)
        print(f"  {name}: {len(drags)} for {int((want == place).sum())} pieces", flush=True)
    wrong = job.wrong()
    job.keep(folder / "done.png")
    for said, count in job.actions.items():
        print(f"{count:4} {said}")
    areas, colors = len(goal.colors) - 1, len(goal.palette)
    print(f"{job.actions.total():4} actions; {len(wrong)} areas wrong: {wrong}")
    print(f"{areas + colors:4} with a bucket: a click for each of {areas} areas, {colors} colours")


if __name__ == "__main__":
    main()
