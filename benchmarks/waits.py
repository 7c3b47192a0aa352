"""How long an artist waits on a page of pieces, through the client and daemon of the plug-ins."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator

import cv2
import gp_client
import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray

from benchmarks.pages import draw_page
from benchmarks.report import Row
from benchmarks.rig import private_daemon

_STRIP = (20_000, 800)  # pixels, height and width of a strip for phones
_PICKS = 1000  # of one measurement


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def strip(height: int = _STRIP[0]) -> NDArray[np.uint8]:
    """A strip of pictures one below the other, uint8 [height, 800]."""
    width, parts, seed = _STRIP[1], list[NDArray[np.uint8]](), 0
    while sum(len(part) for part in parts) < height:
        gray = draw_page(0.48, seed).gray
        scaled = cv2.resize(gray, (width, round(len(gray) * width / gray.shape[1])))
        parts.append(np.asarray(scaled, np.uint8))
        seed += 1
    return np.ascontiguousarray(np.concatenate(parts)[:height])


def waits(gray: NDArray[np.uint8], where: str, rounds: int) -> list[Row]:
    """Opening a page, then what hovering, a colour and an undo cost.

    Args:
        gray: the line art, uint8 [H, W]; each round opens it as one that the daemon has not seen.
        where: what the rows call it.
        rounds: of all steps.
    """
    height, width = gray.shape
    random = np.random.default_rng(3)
    taken: dict[str, list[float]] = {}

    def timed(what: str, work: Callable[..., object], *arguments: object) -> None:
        taken.setdefault(what, []).append(1000 * seconds(lambda: work(*arguments)))

    with private_daemon(), gp_client.connect(start=True, device="cpu") as client:
        pages = _variants(gray)
        client.open_guided(next(pages), width, height).close()  # the first loads the networks
        for number in range(rounds):
            art = next(pages)
            opened: list[gp_client.GuidedPage] = []
            timed("open", _open, client, art, width, height, opened)
            (page,) = opened
            spots = random.integers((width, height), size=(_PICKS, 2)).tolist()
            picks = [seconds(lambda x=x, y=y, page=page: page.pick(x, y)) for x, y in spots]
            taken.setdefault("hover and pick", []).append(1000 * statistics.median(picks))
            first, second = ((17 * number % 256, green, 200) for green in (90, 150))
            spot = (spots[0][0], spots[0][1])
            timed("a colour, until the next region is known", _color, page, first, spot)
            timed("a colour, until its flats are there", _paint, page, second, spot)
            timed("undo, until its flats are there", _undo, page)
            page.close()
    goals = {"hover and pick": "goal 1; one spot"}
    return [
        Row(what, where, "ms", tuple(times), goals.get(what, "")) for what, times in taken.items()
    ]


def _open(
    client: gp_client.Client, art: bytes, width: int, height: int,
    opened: list[gp_client.GuidedPage],
) -> None:  # fmt: skip
    page = client.open_guided(art, width, height)
    page.pieces()
    opened.append(page)


def _color(page: gp_client.GuidedPage, color: Color, spot: tuple[int, int]) -> None:
    """Colour what the guide asks for; a piece somewhere where it asks for nothing."""
    region = page.next()
    page.color(spot if region is None else region.number, color)
    page.next()


def _paint(page: gp_client.GuidedPage, color: Color, spot: tuple[int, int]) -> None:
    _color(page, color, spot)
    page.render("flats")


def _undo(page: gp_client.GuidedPage) -> None:
    page.undo()
    page.render("flats")


def _variants(gray: NDArray[np.uint8]) -> Iterator[bytes]:
    """The same page, each time as one that the daemon does not know yet."""
    for number in itertools.count(1):
        page = gray.copy()
        page.flat[number] -= 1
        yield page.tobytes()
