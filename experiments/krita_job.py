"""A whole page flatted in the real Krita by real mouse, and the actions counted.

    python -m experiments.krita_job [--comic] [--debian13] [--inside] [--folder out/krita_job]

Plays `tuxpaint_17` (139 closed areas), or a comic page of six panels, to its end as a careful
colourist would who knows how the page shall look: colours back to front, each dragged from its
swatch onto the canvas, with Shift once it is where it fills; then, with the same colour, drags with
Shift over the canvas; with Ctrl+Shift where what is done is in the way. Gutters are left white
first. An action is a click, a drag from press to release, or an undo. It ends when no closed area
has more than 20 pixels of another colour. `--inside` keeps each drag within its own colour; else it
may pass what is painted over later. Pictures of the screen go to the folder.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray
from PIL import Image

from experiments.krita_comic import comic
from experiments.krita_plan import Drag, behind, plan, wanted
from experiments.krita_truth import INK, LEAST, NONE, TUXPAINT_17, WHITE, Truth, truth

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT / "tests/support"))

from debian13 import debian13  # noqa: E402
from krita_harness import SHOTS, KritaProcess, Page, krita_with_plugin  # noqa: E402

_SAMPLE = _ROOT / "docs/samples/tuxpaint_17.png"
_TRIES = 3  # of one drag

_BUTTON = """
button = dock.findChild(QPushButton, {name!r}) or dock.findChild(QToolButton, {name!r})
scroll_to(button)
point = button.mapToGlobal(button.rect().center())
result = [point.x(), point.y()]
"""
_SLIDER = """
from PyQt5.QtWidgets import QStyle, QStyleOptionSlider
slider = dock.findChild(QSlider, "ink")
scroll_to(slider)
found = []
for value in (slider.value(), {value}):
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    option.sliderPosition = value
    handle = slider.style().subControlRect(
        QStyle.CC_Slider, option, QStyle.SC_SliderHandle, slider)
    point = slider.mapToGlobal(handle.center())
    found.append([point.x(), point.y()])
result = found
"""
_THERE = """
drag = controller().overlay._pointer._drag  # None before the press has come through
if drag is None:
    carried = controller().carrying._carried
    drag = None if carried is None else carried.drag
result = drag is not None and all(abs(one - other) < 2 for one, other in zip(drag.point, {point}))
"""
_PIECES = """
places, rows = controller().session.view.places, []
for y in range(places.height):
    start = 0
    for end, piece in zip(*places.row(y)):
        rows.append((piece, end - start))
        start = end
import struct
save_bytes({path!r}, b"".join(struct.pack("<II", *run) for run in rows))
"""


class Job:
    """One page, and the hand that colours it.

    Args:
        krita: a running one.
        page: line art.
        goal: how it shall look.

    Attributes:
        actions: how many of each kind.
    """

    def __init__(self, krita: KritaProcess, page: Image.Image, goal: Truth) -> None:
        self._krita, self._goal = krita, goal
        self.actions: Counter[str] = Counter()
        path = krita.base / "page.png"
        page.convert("RGB").save(path)
        self._page = Page(krita, path)
        colors = "\n".join("{} {} {}\t{}".format(*c, name) for name, c in goal.palette)
        palette = krita.base / "cast.gpl"
        palette.write_text(f"GIMP Palette\nName: Cast\n#\n{colors}\n")
        # An artist has her palette; that it is chosen in a dialog is not counted.
        krita.run(f"dock.findChild(QWidget, 'paletteMenu').parent().load({str(palette)!r})")

    def begin(self) -> None:
        """Look at the page, say what is ink, and take clicks on the canvas."""
        self._press("next", "start")
        self._krita.until("result = text('place').startswith('Region 1') and idle()")
        self._press("optionsFold", "open the options")
        self._krita.until("result = dock.findChild(QSlider, 'ink').isVisible()")
        start, end = self._krita.run(_SLIDER.format(value=INK))
        before = self._krita.run("result = acts()")
        self._page.mouse("mousemove", *start, "mousedown", 1, "sleep", 0.1)
        self._page.mouse("mousemove", *end, "sleep", 0.5, "mouseup", 1)
        self.actions["move Ink"] += 1
        self._krita.until(f"result = acts() > {before} and idle()")
        self._press("optionsFold", "close the options")
        self._krita.until("result = not dock.findChild(QSlider, 'ink').isVisible()")
        self._page.settle()  # the buttons above move when there is more room
        self._press("canvas", "clicks on the canvas")
        self._krita.until("result = controller().overlay.taking")
        self._page.settle()

    def pieces(self) -> NDArray[np.int32]:
        """Return which piece each pixel belongs to."""
        path = self._krita.base / "pieces"
        self._krita.run(_PIECES.format(path=str(path)))
        runs = np.frombuffer(path.read_bytes(), "<u4").reshape(-1, 2)
        return np.repeat(runs[:, 0], runs[:, 1]).reshape(self._goal.areas.shape).astype(np.int32)

    def leave_white(self, white: NDArray[np.bool_]) -> None:
        """Say of each region that holds such pieces, and no others, that it stays white for good.

        Args:
            white: which pieces, bool [pieces].
        """
        while True:
            open_ = self._krita.run(
                f"view = controller().session.view; white = {np.flatnonzero(white).tolist()}\n"
                "numbers = {view.piece_regions[piece] for piece in white}\n"
                "result = [[number, view.pieces[number]] for number in sorted(numbers)"
                " if view.regions[number].state in ('open', 'proposed')]"
            )
            mine = [number for number, pieces in open_ if white[pieces].all()]
            if not mine:
                return
            if self._krita.run("result = region()") != mine[0]:
                self._page.click("canvas", *self._page.piece(mine[0]))
                self._krita.until(f"result = region() == {mine[0]}")
                self.actions["go to what stays white"] += 1
            before = self._krita.run("result = acts()")
            self._press("keep", "leave white")
            self._krita.until(f"result = acts() > {before} and idle()")

    def has(self, color: Color) -> NDArray[np.bool_]:
        """Return which pieces have a colour, bool [pieces]."""
        return np.array([one == (*color, 255) for one in self._given()])

    def drag(self, drag: Drag, want: NDArray[np.int64]) -> None:
        """Fill what a drag passes; where the hand slipped over what was done, undo and again.

        A colour that is not the foreground colour is dragged from its swatch.

        Args:
            drag: what to fill, and on which way.
            want: what colour each piece shall have, [pieces].
        """
        color = self._goal.palette[drag.color][1]
        done = np.flatnonzero((want == WHITE) | ((want >= 0) & (want < drag.color)))
        for _ in range(_TRIES):
            carried = self._krita.run("result = foreground()") != list(color)
            self._move(drag, carried)
            given = self._given()
            kind = "drag" if carried or len(drag.way) > 1 else "fill"
            self.actions[
                kind + " of a colour from its swatch" * carried + " over what is left" * drag.rest
            ] += 1
            missed = [piece for piece in drag.pieces if given[piece] != (*color, 255)]
            spoilt = [
                int(piece) for piece in done if given[piece] != self._shall_be(int(want[piece]))
            ]
            if not missed and not spoilt:
                return
            print(f"    slipped: {missed} not filled, {spoilt} painted over")
            self._page.undo()
            self.actions["undo"] += 1
        raise AssertionError(f"{drag} does not come about")

    def wrong(self) -> dict[int, int]:
        """Return the areas of which more than LEAST pixels have another colour, with how many."""
        areas = self._goal.areas
        height, width = areas.shape
        data = self._krita.pixels("pixels(doc, 'Flats')")
        shown = np.frombuffer(data, np.uint8).reshape(height, width, 4)[..., [2, 1, 0, 3]]
        shown = np.where(shown[..., 3:], shown, 0)  # what is transparent keeps some colour in Krita
        table = np.array([self._shall_be(int(at)) for at in self._goal.colors], np.uint8)
        right = (shown == table[areas]).all(axis=2) | (self._goal.colors == NONE)[areas]
        counts = np.bincount(areas[~right], minlength=len(self._goal.colors))
        return {int(area): int(counts[area]) for area in np.flatnonzero(counts > LEAST)}

    def keep(self, path: Path) -> None:
        """Keep a picture of the screen."""
        self._krita.until("result = idle()")
        self._krita.screenshot(path.stem)
        (SHOTS / f"{path.stem}.png").replace(path)

    def _shall_be(self, place: int) -> tuple[int, ...]:
        """RGBA of a colour by its place in the palette; transparent for none."""
        return (*self._goal.palette[place][1], 255) if place >= 0 else (0, 0, 0, 0)

    def _move(self, drag: Drag, carried: bool) -> None:
        places = self._krita.run(f"result = [at_canvas(x, y) for x, y in {list(drag.way)}]")
        before = self._krita.run("result = acts()")
        keys = ("ctrl", "shift") if drag.rest else ("shift",)
        down = [part for key in keys for part in ("keydown", key)]
        if carried:
            color = self._goal.palette[drag.color][1]
            x, y = self._krita.run(f"result = at_swatch('palette', {color})")
            self._page.mouse("mousemove", x, y, "mousedown", 1, "mousemove", x - 20, y)
            self._page.mouse("mousemove", *places[0], *down)
        else:
            self._page.mouse("mousemove", *places[0], *down, "mousedown", 1)
        for place, point in zip(places, drag.way, strict=True):
            self._page.mouse("mousemove", *place)
            self._krita.until(_THERE.format(point=point))  # as a hand waits until it is lit
        up = [part for key in keys for part in ("keyup", key)]
        self._page.mouse("mouseup", 1, *up)
        self._krita.until(f"result = acts() > {before} and idle()")

    def _given(self) -> list[tuple[int, ...]]:
        data = bytes.fromhex(self._krita.run("result = controller().session.view.given.hex()"))
        return [tuple(data[at : at + 4]) for at in range(0, len(data), 4)]

    def _press(self, name: str, said: str) -> None:
        self._page.mouse("mousemove", *self._krita.run(_BUTTON.format(name=name)), "click", 1)
        self.actions[said] += 1


def main() -> None:
    """Play, and print what it took."""
    parser = argparse.ArgumentParser(description="A whole page in Krita, actions counted")
    parser.add_argument("--comic", action="store_true", help="the page of six panels")
    parser.add_argument("--debian13", action="store_true", help="the newer Krita of Debian 13")
    parser.add_argument("--inside", action="store_true", help="drags stay within their colour")
    parser.add_argument("--folder", type=Path, default=_ROOT / "out/krita_job")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.comic:
        tones, goal = comic()
        page = Image.fromarray(tones)
    else:
        goal = truth(_SAMPLE, TUXPAINT_17)
        page = Image.open(_SAMPLE)
    with krita_with_plugin(debian13("krita") if options.debian13 else None) as krita:
        version = krita.run("result = app.version()").partition("-")[0]
        job = Job(krita, page, goal)
        job.begin()
        job.keep(options.folder / f"job-{version}-begun.png")
        pieces = job.pieces()
        want = wanted(pieces, goal)
        print(f"Krita {version}, load {os.getloadavg()[0]:.1f}: {1 + pieces.max()} pieces")
        rest = None if options.inside else behind(pieces, want)
        job.leave_white(want == WHITE)
        for place, (name, color) in enumerate(goal.palette):
            drags = plan(pieces, want, place, job.has(color), rest)
            for drag in drags:
                job.drag(drag, want)
            job.keep(options.folder / f"job-{version}-{place:02}.png")
            print(f"  {name}: {len(drags)} for {int((want == place).sum())} pieces")
        wrong = job.wrong()
        job.keep(options.folder / f"job-{version}-done.png")
    for said, count in job.actions.items():
        print(f"{count:4} {said}")
    areas, colors = int((goal.colors >= 0).sum()), len(goal.palette)
    print(f"{job.actions.total():4} actions; {len(wrong)} areas wrong: {wrong}")
    print(
        f"{areas + colors:4} with a fill tool: a click for each of {areas} areas, {colors} colours"
    )


if __name__ == "__main__":
    main()
