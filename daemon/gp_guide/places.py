"""Where a page's pieces are: a few pixels of each, its spans in a small picture, its mask. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from gp_client.piece_map import PieceMap
from gp_client.types import Box, Mask

Span = tuple[int, int, int]  # row, first column, column after the last
Point = tuple[int, int]  # x, y
_PARTS = 3  # of a piece's height, in each of which one pixel stands for it


def covered(spans: Sequence[Span]) -> tuple[Box, bytes]:
    """The shape of some spans: the box around them, and a byte a pixel of it, 255 inside."""
    if not spans:
        return (0, 0, 0, 0), b""
    top, bottom = min(row for row, _, _ in spans), 1 + max(row for row, _, _ in spans)
    left, right = min(start for _, start, _ in spans), max(end for _, _, end in spans)
    across = right - left
    data = bytearray(across * (bottom - top))
    for row, start, end in spans:
        base = (row - top) * across - left
        data[base + start : base + end] = b"\xff" * (end - start)
    return (left, top, across, bottom - top), bytes(data)


def within(mask: Mask, most: int) -> tuple[Point, ...]:
    """Pixels in a shape: the middle of its longest run in each of so many parts of its height.

    Args:
        mask: a byte a pixel, 0 or 255; at least one is 255.
        most: parts; each gives a pixel, unless there is none in it.
    """
    left, top, width, height = mask.bbox
    points = []
    for part in range(min(most, height)):
        rows = range(part * height // min(most, height), (part + 1) * height // min(most, height))
        runs = [(*_longest(mask.data[row * width : (row + 1) * width]), row) for row in rows]
        length, start, row = max(runs)
        if length:
            points.append((left + start + length // 2, top + row))
    return tuple(points)


def _longest(row: bytes) -> tuple[int, int]:
    """Length and start of the longest run of 255 in a row; (0, 0) where there is none."""
    best, start = (0, 0), row.find(255)
    while start >= 0:
        end = row.find(0, start)
        end = len(row) if end < 0 else end
        best = max(best, (end - start, start))
        start = row.find(255, end)
    return best


class Places:
    """The pieces of one map; they never change.

    Args:
        map: from the daemon.
        width, height: canvas pixels.
        picture: (width, height) of the small picture that a plug-in shows.
    """

    def __init__(self, map: PieceMap, width: int, height: int, picture: tuple[int, int]) -> None:
        self.width, self.height, self.picture = width, height, picture
        self._map = map
        self._starts, self._ends, self._pieces = map.runs
        self.count = 1 + max(self._pieces, default=-1)
        self.boxes = self._find_boxes()
        self.probes = self._find_probes()
        self.spans = self._find_spans()
        self._inside: tuple[Box, frozenset[int]] | None = None  # for the box asked for last

    def of(self, map: PieceMap, picture: tuple[int, int]) -> bool:
        """Whether these are the places of that map, for a picture of that size."""
        return self._map is map and self.picture == picture

    def piece(self, x: int, y: int) -> int | None:
        """Return the piece at a pixel of the canvas, None beside it."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            return None
        run = bisect_right(self._ends, x, self._starts[y], self._starts[y + 1])
        return self._pieces[run]

    def inside(self, box: Box) -> frozenset[int]:
        """Return the pieces that lie in a part of the canvas for at least a half.

        As far as the small picture shows; a piece too small for it lies where its middle does.
        """
        known = self._inside
        if known is None or known[0] != box:
            known = self._inside = (box, frozenset(self._find_inside(box)))
        return known[1]

    def row(self, y: int) -> tuple[Sequence[int], Sequence[int]]:
        """Return where the runs of a row end, and the piece of each."""
        low, high = self._starts[y], self._starts[y + 1]
        return self._ends[low:high], self._pieces[low:high]

    def mask(self, pieces: Iterable[int]) -> Mask:
        """Return the shape of some pieces, at least one, as large as their common box."""
        chosen = list(pieces)
        left, top, right, bottom = self._common(chosen)
        wanted = bytearray(self.count)
        for piece in chosen:
            wanted[piece] = 1
        across = right - left
        data = bytearray(across * (bottom - top))
        for y in range(top, bottom):
            start, base = 0, (y - top) * across - left
            for end, piece in zip(*self.row(y), strict=True):
                if wanted[piece]:
                    data[base + start : base + end] = b"\xff" * (end - start)
                start = end
        return Mask((left, top, across, bottom - top), bytes(data))

    def box(self, pieces: Iterable[int]) -> Box:
        """Return the box around some pieces, at least one, in canvas pixels."""
        left, top, right, bottom = self._common(pieces)
        return left, top, right - left, bottom - top

    def lit(self, pieces: Iterable[int]) -> tuple[Box, bytes]:
        """Return the shape of pieces in the small picture: its box, and a byte a pixel of it."""
        return covered([span for piece in pieces for span in self.spans[piece]])

    def paint(self, colors: bytes, before: tuple[bytes, bytes] | None = None) -> bytes:
        """Return the small picture in RGBA8, each pixel in the colour of its piece.

        Args:
            colors: RGBA of each piece.
            before: the same picture with other colours, and those: only what differs is painted.
        """
        across, down = self.picture
        old = b""
        data = bytearray(4 * across * down)
        if before is not None and len(before[0]) == len(data) and len(before[1]) == len(colors):
            data[:], old = before[0], before[1]
        for piece in range(self.count):
            color = colors[4 * piece : 4 * piece + 4]
            if old and old[4 * piece : 4 * piece + 4] == color:
                continue
            for row, start, end in self.spans[piece]:
                base = 4 * row * across
                data[base + 4 * start : base + 4 * end] = color * (end - start)
        return bytes(data)

    def _common(self, pieces: Iterable[int]) -> tuple[int, int, int, int]:
        boxes = [self.boxes[piece] for piece in pieces]
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def _find_inside(self, box: Box) -> Iterable[int]:
        x, y, width, height = box
        across, down = self.picture[0] / self.width, self.picture[1] / self.height
        first, last = round(x * across), round((x + width) * across)
        top, bottom = round(y * down), round((y + height) * down)
        for piece, spans in enumerate(self.spans):
            whole = sum(end - start for _, start, end in spans)
            within = sum(
                max(0, min(end, last) - max(start, first))
                for row, start, end in spans
                if top <= row < bottom
            )
            if not spans:
                left, upper, right, lower = self.boxes[piece]
                whole = 1
                within = (
                    x <= (left + right) / 2 < x + width and y <= (upper + lower) / 2 < y + height
                )
            if 2 * within >= whole:
                yield piece

    def _find_boxes(self) -> list[tuple[int, int, int, int]]:
        """Left, top, right and bottom of each piece."""
        left, top = [self.width] * self.count, [-1] * self.count
        right, bottom = [0] * self.count, [0] * self.count
        for y in range(self.height):
            start = 0
            for end, piece in zip(*self.row(y), strict=True):
                if top[piece] < 0:
                    top[piece] = y
                bottom[piece] = y + 1
                if start < left[piece]:
                    left[piece] = start
                if end > right[piece]:
                    right[piece] = end
                start = end
        return list(zip(left, top, right, bottom, strict=True))

    def _find_probes(self) -> list[tuple[Point, ...]]:
        """The middle of the longest run in each part of a piece's height."""
        best: list[list[tuple[int, int, int]]] = [[(0, 0, 0)] * _PARTS for _ in range(self.count)]
        for y in range(self.height):
            start = 0
            for end, piece in zip(*self.row(y), strict=True):
                _, top, _, bottom = self.boxes[piece]
                part = _PARTS * (y - top) // (bottom - top)
                if end - start > best[piece][part][0]:
                    best[piece][part] = (end - start, (start + end) // 2, y)
                start = end
        return [tuple((x, y) for length, x, y in parts if length) for parts in best]

    def _find_spans(self) -> list[list[Span]]:
        """Which pixels of the small picture show each piece: that at the middle of a pixel."""
        across, down = self.picture
        spans: list[list[Span]] = [[] for _ in range(self.count)]
        for row in range(down):
            y = (2 * row + 1) * self.height // (2 * down)
            start = 0
            for end, piece in zip(*self.row(y), strict=True):
                # The pixel u shows the canvas at (2 u + 1) width / (2 across).
                after = (2 * end * across + self.width - 1) // (2 * self.width)
                after = min(across, after)
                if after > start:
                    spans[piece].append((row, start, after))
                    start = after
        return spans
