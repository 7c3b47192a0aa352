"""Two ways to close gaps, on drawings whose answer is known: `python -m experiments.gaps`.

Trapped balls are what `gp_canvas.lines.areas` does. Stroke ends, as in GIMP's line-art detection,
thins the ink, finds where strokes end, and joins ends that face each other, or an end and the line
before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import cc3d
import cv2
import numpy as np
from gp_canvas.lines.areas import find_areas
from numpy.typing import NDArray

_GAP = 10
_FACING = 0.5  # cosine of the most that a bridge may turn off its stroke
_TRACE = 8  # pixels of a stroke that say where it points
Point = tuple[int, int]
Drawing = tuple[str, NDArray[np.uint8], Point, Point, bool]


def drawings() -> Iterator[Drawing]:
    """Name, line art, two places, and whether they are different areas to an artist."""
    for gap, apart in ((4, True), (8, True), (14, False), (30, False)):
        for line in (2, 8):
            page = _blank()
            cv2.circle(page, (200, 200), 110, 0, line)
            page[200 - gap // 2 : 200 - gap // 2 + gap, 200:] = 255
            yield f"ring, gap {gap}, line {line}", page, (200, 200), (20, 20), apart
    for gap, apart in ((6, True), (20, False)):
        page = _blank()
        cv2.line(page, (0, 200), (399, 200), 0, 3)
        cv2.line(page, (200, 0), (200, 198 - gap), 0, 3)
        yield f"end before a line, gap {gap}", page, (100, 100), (100, 300), apart
    page = _blank()
    for y in (80, 160, 240):
        cv2.line(page, (200 + (y // 80 % 2) * 4, y - 80), (200, y + 74), 0, 3)
    cv2.line(page, (200, 320), (200, 399), 0, 3)
    yield "broken line", page, (200, 100), (200, 300), True
    page = _blank()
    for x in range(60, 340, 9):
        page[100:300, x : x + 3] = 0
    cv2.rectangle(page, (40, 80), (360, 320), 0, 3)
    yield "hatching, one shape", page, (200, 67), (200, 203), False
    page = _blank()
    for y in range(20, 380, 14):
        for x in range(20, 380, 14):
            cv2.circle(page, (x, y), 2, 0, -1)
    yield "screentone", page, (195, 195), (27, 27), False
    page = _blank()
    for shift in (0, 8):
        cv2.ellipse(page, (200, 400), (150 + shift, 350 + shift), 0, 200, 340, 0, 2)
    yield "strand, open at both ends", page, (45, 200), (20, 20), False
    page = _blank()
    for y in range(60, 340, 12):
        page[y : y + 3, 100:112] = page[y : y + 3, 288:300] = 0
    yield "fringe of short strokes", page, (200, 200), (20, 20), False
    page = _blank()
    cv2.polylines(page, [np.array([[60, 340], [196, 60]], np.int32)], False, 0, 3)
    cv2.polylines(page, [np.array([[204, 60], [340, 340], [60, 340]], np.int32)], False, 0, 3)
    yield "corner left open", page, (250, 200), (20, 20), True


def join_stroke_ends(page: NDArray[np.uint8], gap: float) -> NDArray[np.integer]:
    """Paper components [H, W], 0 = ink, after ends of strokes were joined over `gap` pixels."""
    ink = page < 128
    bones = _thin(ink)
    around = cv2.filter2D(bones.view(np.uint8), -1, np.ones((3, 3), np.uint8), borderType=0)
    ends = np.argwhere(bones & (np.asarray(around) == 2))
    closed = np.where(ink, 0, 255).astype(np.uint8)
    ways = np.array([_direction(bones, end) for end in ends]).reshape(-1, 2)
    radius = np.asarray(cv2.distanceTransform(ink.view(np.uint8), cv2.DIST_L2, 5))
    for index, (end, way) in enumerate(zip(ends, ways, strict=True)):
        reach = gap + float(radius[tuple(end)]) * 2
        to = ends - end
        apart = np.linalg.norm(to, axis=1)
        straight = (to @ way) / np.maximum(apart, 1e-9)
        back = -(to * ways).sum(axis=1) / np.maximum(apart, 1e-9)
        good = (apart > 0) & (apart <= reach) & (straight > _FACING) & (back > _FACING)
        good[index] = False
        if good.any():
            other = ends[np.flatnonzero(good)[apart[good].argmin()]]
            cv2.line(closed, end[::-1].tolist(), other[::-1].tolist(), 0, 2)
            continue
        # No end faces it: a line that it runs into.
        for step in range(int(radius[tuple(end)]) + 2, int(reach) + 1):
            y, x = np.round(end + way * step).astype(int)
            if not (0 <= y < ink.shape[0] and 0 <= x < ink.shape[1]):
                break
            if ink[y, x]:
                cv2.line(closed, end[::-1].tolist(), (int(x), int(y)), 0, 2)
                break
    return np.asarray(cc3d.connected_components(closed > 0, connectivity=4))


def _direction(bones: NDArray[np.bool_], end: NDArray[np.intp]) -> NDArray[np.float64]:
    """Where a stroke points at its end, a unit vector (y, x)."""
    seen = [tuple(end)]
    while len(seen) < _TRACE:
        y, x = seen[-1]
        near = [
            (y + dy, x + dx)
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
            if 0 <= y + dy < bones.shape[0] and 0 <= x + dx < bones.shape[1]
        ]
        following = [place for place in near if bones[place] and place not in seen]
        if not following:
            break
        seen.append(following[0])
    way = np.asarray(end, float) - np.asarray(seen[-1], float)
    return way / max(1e-9, float(np.linalg.norm(way)))


def _thin(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Zhang and Suen's thinning."""
    bones = np.pad(ink, 1)
    while True:
        before = bones.sum()
        for first in (True, False):
            up, down = np.roll(bones, 1, 0), np.roll(bones, -1, 0)
            left, right = np.roll(bones, 1, 1), np.roll(bones, -1, 1)
            ring = [
                up, np.roll(up, -1, 1), right, np.roll(down, -1, 1),
                down, np.roll(down, 1, 1), left, np.roll(up, 1, 1),
            ]  # fmt: skip
            count = np.sum(ring, axis=0)
            turns = sum(
                (~one & other) for one, other in zip(ring, ring[1:] + ring[:1], strict=True)
            )
            sides = (up & right & down, right & down & left)
            if not first:
                sides = (up & right & left, up & down & left)
            gone = bones & (count >= 2) & (count <= 6) & (np.asarray(turns, int) == 1)
            bones = bones & ~(gone & ~sides[0] & ~sides[1])
        if bones.sum() == before:
            return bones[1:-1, 1:-1]


def _blank() -> NDArray[np.uint8]:
    return np.full((400, 400), 255, np.uint8)


def main() -> None:
    methods: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.integer]]] = {
        "trapped balls": lambda page: find_areas(page, _GAP).labels,
        "stroke ends": lambda page: join_stroke_ends(page, _GAP),
    }
    right = dict.fromkeys(methods, 0)
    taken = dict.fromkeys(methods, 0.0)
    total = 0
    print("| drawing | apart? | " + " | ".join(methods) + " |\n|" + "---|" * (2 + len(methods)))
    for name, page, one, other, apart in drawings():
        total += 1
        cells = []
        for method, find in methods.items():
            started = time.process_time()
            labels = find(page)
            taken[method] += time.process_time() - started
            good = bool(labels[one] != labels[other]) == apart
            right[method] += good
            cells.append("right" if good else "**wrong**")
        print(f"| {name} | {'yes' if apart else 'no'} | " + " | ".join(cells) + " |")
    print(f"| of {total} | | " + " | ".join(str(count) for count in right.values()) + " |")
    times = (f"{1000 * seconds / total:.0f} ms" for seconds in taken.values())
    print("| processor time each | | " + " | ".join(times) + " |")


if __name__ == "__main__":
    main()
