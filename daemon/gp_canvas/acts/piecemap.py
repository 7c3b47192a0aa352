"""The pieces of a page as the artist has cut them: labels at canvas size, and a list of cuts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cc3d
import cv2
import numpy as np
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from numpy.typing import NDArray

from gp_canvas.acts.acts import Box, Points
from gp_canvas.acts.shapes import unpack
from gp_canvas.lines.tables import look_up

_CORNER = 1 << 16  # pixels of a piece looked at for the place that is deepest inside


@dataclass(frozen=True, eq=False)
class _Divided:
    """One cut, done: in the box, where the shape is, pieces `before` became pieces `after`."""

    box: Box
    bits: bytes
    before: NDArray[np.int32]
    after: NDArray[np.int32]

    def apply(self, labels: NDArray[np.int32]) -> None:
        """Relabels the canvas in place."""
        x, y, width, height = self.box
        shape = unpack(self.box, self.bits)
        part = labels[y : y + height, x : x + width]
        inside = part[shape]
        place = np.minimum(np.searchsorted(self.before, inside), len(self.before) - 1)
        part[shape] = np.where(self.before[place] == inside, self.after[place], inside)


@dataclass(frozen=True, eq=False)
class Parted:
    """What a shape makes of pieces.

    Attributes:
        pieces: the map; the same one where the shape divides none.
        before: those that were divided, which keep what lies outside the shape, int32 [n], rising.
        after: the new ones, which are what lies inside, int32 [n].
        whole: those that lie inside and needed no dividing, int32 [m], rising.
    """

    pieces: PieceMap
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    whole: NDArray[np.int32]


@dataclass
class _Slot:
    """Holds the labels of the cut map that was asked for last: one canvas, whatever the history.

    Pages of one line art share it from several threads: cuts and labels are replaced together.
    """

    held: tuple[tuple[_Divided, ...], NDArray[np.int32] | None] = ((), None)


@dataclass(frozen=True, eq=False)
class PieceMap:
    """Which piece each pixel of a canvas belongs to.

    Attributes:
        shape: (height, width) of the canvas.
        sizes: pixels of each piece, ink under it included, int64 [n].
        boxes: (x, y, width, height) of each piece, int32 [n, 4].
        names: a number for each piece that no other piece of the page ever has, int64 [n].
        origin: for each piece the uncut piece that it is a part of, int32 [n].
    """

    shape: tuple[int, int]
    sizes: NDArray[np.int64]
    boxes: NDArray[np.int32]
    names: NDArray[np.int64]
    origin: NDArray[np.int32]
    _found: Callable[[], NDArray[np.int32]]
    _cuts: tuple[_Divided, ...] = ()
    _slot: _Slot = field(default_factory=_Slot)
    _points: dict[int, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Callable[[], NDArray[np.int32]], first: int) -> PieceMap:
        """The map of pieces that nobody has cut.

        Args:
            found: gives their labels, int32 [H, W], 0..n-1 without holes; always the same.
            first: the name of piece 0.
        """
        labels = found()
        sizes, boxes = measure(labels)
        names = np.arange(first, first + len(sizes), dtype=np.int64)
        shape = (labels.shape[0], labels.shape[1])
        return cls(shape, sizes, boxes, names, np.arange(len(sizes), dtype=np.int32), found)

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return len(self.sizes)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes, without the labels that nobody has cut."""
        arrays = (self.sizes, self.boxes, self.names, self.origin)
        labels = self._slot.held[1]
        held = sum(array.nbytes for array in arrays) + sum(len(cut.bits) for cut in self._cuts)
        return held + (0 if labels is None else labels.nbytes)

    @property
    def labels(self) -> NDArray[np.int32]:
        """The piece of each pixel, int32 [H, W], 0..count-1; not to be written to."""
        if not self._cuts:
            return self._found()
        cuts, labels = self._slot.held
        if labels is None or cuts != self._cuts:
            known = len(cuts)
            if labels is not None and self._cuts[:known] == cuts:
                labels = labels.copy()  # cut after cut, as a list is played
            else:
                labels, known = self._found().copy(), 0
            for cut in self._cuts[known:]:
                cut.apply(labels)
            self._slot.held = self._cuts, labels
        return labels

    def at(self, points: Points) -> NDArray[np.int32]:
        """The pieces at points, each once, rising; points beside the canvas are left out."""
        inside = [(x, y) for x, y in points if 0 <= x < self.shape[1] and 0 <= y < self.shape[0]]
        if not inside:
            return np.zeros(0, np.int32)
        x, y = np.asarray(inside, np.intp).T
        labels = self._found() if not self._cuts else self.labels
        return np.unique(labels[y, x]).astype(np.int32)

    def mask(self, pieces: NDArray[np.integer]) -> tuple[Box, NDArray[np.bool_]]:
        """The shape of pieces: their box and bool [height, width]; there is at least one piece."""
        box = union(self.boxes[pieces])
        chosen = np.zeros(self.count, np.bool_)
        chosen[pieces] = True
        x, y, width, height = box
        return box, look_up(chosen, self.labels[y : y + height, x : x + width])

    def point(self, piece: int) -> tuple[int, int]:
        """A pixel (x, y) well inside a piece, by which it is found again; always the same one."""
        found = self._points.get(piece)
        if found is None:
            found = self._points[piece] = self._deepest(piece)
        return found

    def points(self, pieces: NDArray[np.integer]) -> Points:
        """A point of each piece."""
        return tuple(self.point(piece) for piece in pieces.tolist())

    def cut(self, pieces: NDArray[np.integer], box: Box, bits: bytes, first: int) -> Parted:
        """Divides pieces along the edge of a shape.

        Args:
            pieces: those that may be divided.
            box, bits: the shape, see `gp_canvas.acts.acts.Cut`.
            first: the name of the first part that is made.

        Raises:
            GuidingPainterError: BAD_REQUEST where the shape is none of this canvas.
        """
        x, y, width, height = box
        if min(x, y) < 0 or x + width > self.shape[1] or y + height > self.shape[0]:
            raise GuidingPainterError(BAD_REQUEST, "A shape lies outside the canvas.")
        try:
            shape = unpack(box, bits)
        except ValueError as error:
            raise GuidingPainterError(BAD_REQUEST, f"A shape cannot be read: {error}.") from error
        inside = self.labels[y : y + height, x : x + width][shape]
        counts = np.bincount(inside, minlength=self.count)
        chosen = np.zeros(self.count, np.bool_)
        chosen[pieces] = True
        touched = chosen & (counts > 0)
        whole = np.flatnonzero(touched & (counts == self.sizes)).astype(np.int32)
        before = np.flatnonzero(touched & (counts < self.sizes)).astype(np.int32)
        after = np.arange(self.count, self.count + len(before), dtype=np.int32)
        if not len(before):
            return Parted(self, before, after, whole)
        sizes = np.concatenate([self.sizes, counts[before]])
        sizes[before] -= counts[before]
        cut = replace(
            self,
            sizes=sizes,
            boxes=np.concatenate([self.boxes, np.zeros((len(before), 4), np.int32)]),
            names=np.concatenate([self.names, first + np.arange(len(before))]),
            origin=np.concatenate([self.origin, self.origin[before]]),
            _cuts=(*self._cuts, _Divided(box, bits, before, after)),
            _points={},
        )
        for piece, part in zip(before.tolist(), after.tolist(), strict=True):
            x, y, width, height = self.boxes[piece].tolist()
            labels = cut.labels[y : y + height, x : x + width]
            for one in (piece, part):
                left, top, wide, high = cv2.boundingRect((labels == one).view(np.uint8))
                cut.boxes[one] = x + left, y + top, wide, high
        return Parted(cut, before, after, whole)

    def _deepest(self, piece: int) -> tuple[int, int]:
        x, y, width, height = self.boxes[piece].tolist()
        step = 1 + int((width * height / _CORNER) ** 0.5)
        mine = self.labels[y : y + height : step, x : x + width : step] == piece
        if not mine.any():  # thinner than a step
            step = 1
            mine = self.labels[y : y + height, x : x + width] == piece
        framed = np.zeros((mine.shape[0] + 2, mine.shape[1] + 2), np.uint8)
        framed[1:-1, 1:-1] = mine
        depth = np.asarray(cv2.distanceTransform(framed, cv2.DIST_L1, 3))
        row, column = divmod(int(depth.argmax()), framed.shape[1])
        return x + (column - 1) * step, y + (row - 1) * step


def measure(labels: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Sizes int64 [n] and boxes (x, y, width, height) int32 [n, 4] of labels 0..n-1, all there."""
    found = cc3d.statistics(labels.view(np.uint32), no_slice_conversion=True)
    corners = np.asarray(found["bounding_boxes"]).astype(np.int32)
    sizes = np.asarray(found["voxel_counts"]).astype(np.int64)
    top, bottom, left, right = corners[:, :4].T
    return sizes, np.stack([left, top, right - left + 1, bottom - top + 1], axis=1)


def union(boxes: NDArray[np.integer]) -> Box:
    """The box that holds boxes (x, y, width, height), integers [n, 4], at least one."""
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0).tolist()
    return left, top, right - left, bottom - top
