"""A daemon without networks. Module for tests, and a program.

Pages of protocol 1 are vertical stripes; those of protocol 2 are real, on networks of few words;
where the environment has GP_TEST_COMPARES, on such that compare pages.
"""

from __future__ import annotations

import copy
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass

import numpy as np
from comparing_networks import SEGMENTER, ComparingNetworks
from gp_canvas import cancellation
from gp_canvas.paint.layers import ColorLayers
from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, GuidingPainterError
from gp_client.page_options import PageOptions
from gp_client.types import Color, Tell
from gp_client.wire import Buffer
from gp_daemon.cli import main
from gp_daemon.pages.guided_page import GuidedPage
from gp_daemon.service.server import Backend
from numpy.typing import NDArray
from plain_networks import PlainNetworks

STRIPES = 4
FAIL, DIE = 201, 202  # values of ink that make opening fail, or kill the whole daemon
SLEEPY = 203  # a value of ink that makes "soft" take SLEEP seconds
SLOW_RENDER, SLEEP = 0.15, 2.0  # seconds that "soft" takes
LONG = 998  # a gap: opening takes longer than any test waits
HELD = 999  # a gap: opening ends once ``go`` is set, or with the job
go = threading.Event()  # what is held waits for it; so does "soft". Set, but where a test holds it
go.set()
rendered: list[int] = []  # widths of the pages whose pictures were made, in their order
INFO = {"bundle": {"name": "fake", "version": "1"}, "device": "none"}


def _work(steps: int, held: bool, progress: Tell | None) -> None:
    for step in range(steps):
        if progress is not None:
            progress(f"step {step}", step / steps)
        if not held:
            time.sleep(0.01)
        elif go.wait(0.01):
            break


@dataclass(frozen=True)
class Stripe:
    number: int
    bbox: tuple[int, int, int, int]
    pixels: int
    suggestion: Color


class FakePage:
    """Stripe n is region n; ``gap`` is the number of slow steps that opening takes."""

    def __init__(
        self,
        pixels: bytes | bytearray | memoryview,
        width: int,
        height: int,
        format: str,
        options: PageOptions,
        progress: Tell | None,
    ) -> None:
        gap, ink = options.gap, options.ink
        if ink == FAIL:
            raise RuntimeError("a fault of ours")
        if ink == DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        _work(16_000 if gap in (LONG, HELD) else int(gap or 0), gap == HELD, progress)
        self._soft = SLEEP if ink == SLEEPY else SLOW_RENDER
        self.width, self.height = width, height
        self.grid = (16, 16)
        self.hints: dict[int, Color] = {}
        self.nbytes = width * height
        self.corrections: list[tuple[int, NDArray[np.uint8]]] = []
        self.scribbles: dict[int, tuple[NDArray[np.uint8], Color]] = {}
        self._scribbled = 6  # so that a number is not guessed
        self._first = bytes(memoryview(pixels)[:1])
        side = width // STRIPES
        self.regions = tuple(
            Stripe(n + 1, (n * side, 0, side, height), side * height, (n, n, n))
            for n in range(STRIPES)
        )

    def fresh(self) -> FakePage:
        twin = copy.copy(self)
        twin.hints = {}
        twin.corrections, twin.scribbles = [], {}
        return twin

    def correct(self, number: int, mask: NDArray[np.uint8]) -> None:
        self._check(number)
        if not (mask >= 128).any():
            return  # nothing changes
        self.corrections.append((number, mask.copy()))
        self.regions = (*self.regions,)

    def uncorrect(self) -> bool:
        return bool(self.corrections and self.corrections.pop())

    def scribble(self, mask: NDArray[np.uint8], rgb: Color) -> int:
        self._scribbled += 1
        self.scribbles[self._scribbled] = (mask.copy(), rgb)
        return self._scribbled

    def unscribble(self, scribble: int) -> None:
        if self.scribbles.pop(scribble, None) is None:
            raise GuidingPainterError(BAD_REQUEST, "There is no such scribble.")

    def _check(self, number: int) -> Stripe:
        if not 1 <= number <= STRIPES:
            raise GuidingPainterError(NO_SUCH_REGION, f"There is no region {number}.")
        return self.regions[number - 1]

    def mask(self, number: int) -> tuple[tuple[int, int, int, int], NDArray[np.uint8]]:
        bbox = self._check(number).bbox
        return bbox, np.full((bbox[3], bbox[2]), 255, np.uint8)

    def hint(self, number: int, color: Color) -> None:
        self._check(number)
        self.hints[number] = color

    def unhint(self, number: int) -> None:
        self._check(number)
        self.hints.pop(number, None)

    def alternatives(self, number: int) -> list[Color]:
        self._check(number)
        return [(number, 0, 0), (0, number, 0)]

    def suggest(self, number: int) -> Color:
        self._check(number)
        return (len(self.hints), self._first[0], number)

    def color_layers(self) -> ColorLayers:
        side = self.width // STRIPES
        columns = np.minimum(np.arange(self.width) // side, STRIPES - 1).astype(np.int32)
        colors = [self.hints.get(n + 1, (n, n, n)) for n in range(STRIPES)]
        hints = {number - 1: color for number, color in self.hints.items()}
        segments = np.tile(columns, (self.height, 1))
        return ColorLayers(segments, np.array(colors, np.uint8), hints)

    def render(self, kind: str, format: str = "RGBA8", preview: bool = False) -> NDArray[np.uint8]:
        rendered.append(self.width)
        if kind == "soft":
            end = time.monotonic() + self._soft
            while time.monotonic() < end or not go.is_set():
                cancellation.check()
                time.sleep(0.005)
        width, height = self.grid if preview else (self.width, self.height)
        picture = np.zeros((height, width, 4), np.uint8)
        for number, color in self.hints.items():
            side = width // STRIPES
            picture[:, (number - 1) * side : number * side] = (*color, 255)
        if preview:
            return picture
        for number, mask in self.corrections:
            picture[mask > 0] = (*self.hints.get(number, (number, 0, 0)), 255)
        for mask, rgb in self.scribbles.values():
            picture[mask > 0] = (*rgb, 255)
        return picture


def open_guided(
    pixels: Buffer, width: int, height: int, format: str, options: PageOptions, tell: Tell | None
) -> GuidedPage:
    if options.ink == DIE:
        os.kill(os.getpid(), signal.SIGKILL)
    if options.gap == LONG:
        _work(16_000, False, tell)
    networks = ComparingNetworks() if os.environ.get("GP_TEST_COMPARES") else PlainNetworks()
    return GuidedPage(networks, pixels, width, height, format, options, tell)


def backend() -> Backend:
    compares = {"bundle": {**INFO["bundle"], "sha256": {"segmenter": SEGMENTER}}}
    info = {**INFO, **compares} if os.environ.get("GP_TEST_COMPARES") else INFO
    return Backend(FakePage, info, open_guided=open_guided)


if __name__ == "__main__":
    sys.exit(main(load=lambda options: backend()))
